import Configuration
import Foundation
import Model
import Testing

/// Values from the environment and from files.
struct ReferenceTests {
    private func property(_ text: String, environment: [String: String] = [:]) throws -> String {
        try load(kafka("p: '\(text)'"), environment: environment).clusters[0].properties[0].value
    }

    @Test(arguments: [
        ("${A}", "one"), ("x${A}y${_b2}z", "xoney$twoz"), ("${E}", ""), ("$", "$"), ("$A", "$A"), ("a$$b", "a$$b"),
        ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("{A}", "{A}"), ("${N}", "${A}"), ("${U}\u{301}", "\u{e9}\u{301}"),
    ])
    func `a reference becomes its value, and everything else stays`(text: String, value: String) throws {
        let environment = ["A": "one", "_b2": "$two", "E": "", "N": "${A}", "U": "\u{e9}"]
        #expect(try property(text, environment: environment) == value)
    }

    @Test(arguments: [
        ("pass word", "pass word"), ("pass\n", "pass"), ("pass\r\n", "pass"), ("two\nlines\n\n", "two\nlines\n"),
        ("", ""), ("\n", ""),
    ])
    func `a file's text comes without one line end`(contents: String, value: String) throws {
        try withFolder { folder in
            let file = folder.appending(path: "secret")
            try contents.write(to: file, atomically: true, encoding: .utf8)
            #expect(try property("${file:\(file.path)}") == value)
        }
    }

    @Test func `every key takes references`() throws {
        let text = flow("name: ${N}", "lanes: ${L}", "start: ${S}").replacing("[orders]", with: "['${T}']")
            .replacing("from: prod", with: "from: ${F}").replacing("\"prod:9092\"", with: "\"${B}\"")
        let environment = ["N": "x", "L": "2", "S": "latest", "T": "a.*", "F": "prod", "B": "h:1"]
        let mirror = try load(text, environment: environment)
        #expect(mirror.clusters[0].bootstrap == "h:1")
        #expect((mirror.flows[0].name, mirror.flows[0].lanes) == ("x", 2))
        #expect(mirror.flows[0].topics == [.pattern("a.*")])
    }

    @Test func `each missing value is named`() throws {
        try withFolder { folder in
            let missing = folder.appending(path: "missing").path
            let binary = folder.appending(path: "binary").path
            try Data([0x61, 0x00, 0x62]).write(to: URL(filePath: binary))
            let large = folder.appending(path: "large").path
            try Data(repeating: 0x61, count: (1 << 20) + 1).write(to: URL(filePath: large))
            let report = mistakes(
                kafka(
                    "a: ${NOT_SET}${NOR_THIS}", "b: ${file:\(missing)}", "c: ${file:\(folder.path)}",
                    "d: ${file:\(binary)}", "e: ${file:\(large)}"))
            func at(_ line: Int, _ key: String) -> String {
                "mirror.yaml:\(line): clusters.prod.kafka.\(key) refers to the"
            }
            #expect(
                report == [
                    "\(at(5, "a")) environment variable NOT_SET, which is not set; set it",
                    "\(at(5, "a")) environment variable NOR_THIS, which is not set; set it",
                    "\(at(6, "b")) file \"\(missing)\", which cannot be read: No such file or directory",
                    "\(at(7, "c")) file \"\(folder.path)\", which cannot be read: Is a directory",
                    "\(at(8, "d")) file \"\(binary)\", which is not a text in UTF-8",
                    "\(at(9, "e")) file \"\(large)\", which cannot be read: it has more than 1048576 bytes",
                ])
        }
    }

    @Test(arguments: ["${", "${}", "${A", "${1A}", "${A-B}", "${A:-x}", "${file:relative}", "${ A}", "hunter2${x y}"])
    func `a malformed reference is refused and not shown`(text: String) {
        let report = mistakes(kafka("p: '\(text)'"), environment: ["A": "x"])
        let problem = "holds a \"${\" that begins neither ${NAME} nor ${file:/path}; write $${ for a plain ${"
        #expect(report == ["mirror.yaml:5: clusters.prod.kafka.p \(problem)"])
    }

    /// The same wrong value in every place that a reference can stand.
    @Test func `a value from outside is in no report`() {
        let secret = "hunter2 (("
        let text = """
            clusters:
              prod: { bootstrap: "${SECRET}", kafka: { a: "${SECRET}", acks: "${SECRET}" } }
              staging: { bootstrap: "${SECRET}" }
            flows:
              - { from: "${SECRET}", to: "x${SECRET}", topics: ["${SECRET}"], name: "${SECRET}" }
              - { from: prod, to: staging, topics: [a], delivery: "${SECRET}", isolation: "${SECRET}" }
              - { from: prod, to: staging, topics: [a], lanes: "${SECRET}", slots: "${SECRET}", start: "${SECRET}" }
              - from: prod
                to: staging
                topics: ["${SECRET}", "${SECRET}"]
                commit-interval: "${SECRET}"
                memory-budget: "${SECRET}"
                session-timeout: "${SECRET}"
                heartbeat-interval: "${SECRET}"
                revision: "${SECRET}"
            """
        let report = mistakes(text, environment: ["SECRET": secret]) { "\($0.value) is not for \($0.name)" }
        #expect(report.count == 22, "\(report)")
        #expect(report.allSatisfy { !$0.contains("hunter2") && !$0.contains("((") }, "\(report)")
        #expect(report.contains { $0.contains(#"flows[2].lanes is "${SECRET}"; expected"#) })
    }

    @Test func `a file that cannot be read is one problem without a line`() throws {
        try withFolder { folder in
            func report(_ path: String) throws -> String {
                try #require(throws: ConfigurationProblems.self) {
                    try MirrorConfiguration.load(file: path, environment: [:], propertyRefusal: { _ in nil })
                }.description
            }
            let missing = folder.appending(path: "m.yaml").path
            let wanted = "expected a file of YAML"
            #expect(try report(missing) == "\(missing): cannot be read: No such file or directory; \(wanted)")
            #expect(try report(folder.path) == "\(folder.path): cannot be read: Is a directory; \(wanted)")
            let large = folder.appending(path: "large.yaml")
            try Data(repeating: 0x23, count: MirrorConfiguration.fileBytesMax + 1).write(to: large)
            #expect(
                try report(large.path) == "\(large.path): cannot be read: it has more than 1048576 bytes; \(wanted)")
        }
    }
}
