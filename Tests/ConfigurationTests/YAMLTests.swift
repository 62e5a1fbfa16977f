import Configuration
import Testing

/// Mistakes in the YAML itself, and the parts of YAML that are left out.
struct YAMLTests {
    @Test(arguments: [
        ("clusters: [", 2), ("clusters: {a: b", 2), ("a: b: c", 1), ("a: 'b", 1), ("a\nb: c", 2), ("a: %b\n%c", 1),
        ("clusters:\n  x: y\n z: w", 3), ("a: \"\\q\"", 1), ("]", 1),
    ])
    func `broken YAML is told with its line`(text: String, line: Int) {
        let report = mistakes(text)
        #expect(report.count == 1)
        let expected = "mirror.yaml:\(line): this is not the YAML of a configuration: "
        #expect(report.first?.hasPrefix(expected) == true, "\(report)")
    }

    @Test func `what was left open is told with the line where it begins`() {
        let report = mistakes("clusters:\n  a: [b,\n  c\nflows: x\n")
        #expect(report.count == 1)
        #expect(report.first?.contains("while parsing a flow sequence that begins in line 2;") == true, "\(report)")
    }

    @Test func `a tab that indents is named`() {
        let report = mistakes("clusters:\n\tprod: { bootstrap: \"a:1\" }\n")
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:2: ") == true)
        #expect(report.first?.hasSuffix("the line begins with a tab; indent with spaces") == true)
    }

    @Test func `a mistake found before the YAML breaks is told too`() {
        let report = mistakes("a: &x 1\nb: [")
        #expect(report.count == 2)
        #expect(report.first?.hasPrefix("mirror.yaml:1: an anchor (&) is not supported") == true)
    }

    @Test func `aliases are refused, so no few lines grow into gigabytes`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let report = mistakes(text)
        #expect(report.count { $0.contains("an alias (*) is not supported") } == 72)
        #expect(report.count { $0.contains("an anchor (&) is not supported") } == 10)
    }

    @Test func `an alias is one mistake, whatever was expected there`() {
        let report = mistakes(flow("lanes: *other"))
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:8: an alias (*) is not supported") == true)
    }

    @Test(arguments: ["lanes: !!int 4", "lanes: !secret 4", "start: ! latest"])
    func `tags are refused`(setting: String) {
        #expect(
            mistakes(flow(setting)) == [
                "mirror.yaml:8: a tag (!) is not supported; remove it, the key decides the type"
            ])
    }

    @Test func `a key that stands twice is told with both lines`() {
        #expect(
            mistakes(flow("lanes: 1", "slots: 12", "lanes: 2"))
                == [#"mirror.yaml:10: the key "lanes" stands here again, first in line 8; keep one"#])
        #expect(
            mistakes(kafka("a.b: 1", "a.b: 1"))
                == [#"mirror.yaml:6: the key "a.b" stands here again, first in line 5; keep one"#])
    }

    @Test func `a second document is refused`() {
        let report = mistakes(flow() + "---\nclusters: {}\n")
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:8: ") == true)
        #expect(report.first?.contains("a second document begins") == true)
    }

    @Test(arguments: ["[a]: 1", "{a: b}: 1", "~: 1", "? [a]\n: 1"])
    func `a key that is no text is refused`(entry: String) {
        #expect(mistakes(entry).contains("mirror.yaml:1: a key is no text; expected a name before the colon"))
    }

    @Test func `deep nesting ends at its sixteenth level`() {
        let deep = String(repeating: "[", count: 400_000)
        let report = mistakes(deep)
        #expect(report.count == 1)
        #expect(report.first?.contains("more than 16 levels of nesting") == true)
        let block = (0..<40).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(mistakes(block).first?.hasPrefix("mirror.yaml:17: ") == true)
    }

    @Test func `a zero byte in a text is refused`() {
        let report = mistakes(kafka("sasl.password: \"abc\\0def\""))
        #expect(report == ["mirror.yaml:5: a text holds a zero byte; remove it"])
    }

    @Test func `a control character is told with its line`() {
        let report = mistakes("clusters:\n  a: \u{1}\n")
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:2: this is not the YAML of a configuration: ") == true)
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x61, 0x00], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func `a byte that is not UTF-8 is told with its line`(bytes: [UInt8]) throws {
        let text = Array("clusters:\n  # gr\u{fc}n\n  ".utf8) + bytes + Array("\nflows: x".utf8)
        let problems = try #require(throws: ConfigurationProblems.self) {
            try MirrorConfiguration.load(bytes: text, name: "m", environment: [:], propertyRefusal: { _ in nil })
        }
        #expect(problems.description == "m:3: a byte here is not UTF-8; save the file as UTF-8")
        #expect(problems.problems.map(\.place?.column) == [3])
    }
}
