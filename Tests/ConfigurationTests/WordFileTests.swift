import Configuration
import Foundation
import Model
import Testing

/// `do: dictionary` with its words in a file.
struct WordFileTests {
    private static func text(_ rest: String) -> String {
        """
        clusters:
          prod: { bootstrap: "prod:9092" }
          staging: { bootstrap: "staging:9092" }
        flows:
          - from: prod
            to: staging
            topics: [orders]
            shape:
              sanitize:
                key: 0123456789abcdef
                policies:
                  - topics: [orders]
                    rules:
                      - { path: $.city, do: dictionary, identity: person\(rest) }
        """
    }

    /// Loads a configuration that stands in a folder with a file of these contents.
    private func action(
        _ contents: [UInt8]?, _ rest: String = ", file: cities.txt"
    ) throws -> Result<SanitizeAction, ConfigurationProblems> {
        try withFolder { folder in
            let file = folder.appending(path: "mirror.yaml").path
            try Self.text(rest).write(toFile: file, atomically: true, encoding: .utf8)
            if let contents { try Data(contents).write(to: folder.appending(path: "cities.txt")) }
            return Result { () throws(ConfigurationProblems) in
                try MirrorConfiguration.load(
                    file: file, environment: ["FOLDER": folder.path, "NAME": "secret.txt"],
                    propertyRefusal: { _ in nil })
            }.map { $0.flows[0].shape.sanitize!.policies[0].rules[0].action }
        }
    }

    private func problem(_ contents: [UInt8]?, _ rest: String = ", file: cities.txt") throws -> String? {
        guard case .failure(let problems) = try action(contents, rest) else { return nil }
        #expect(problems.problems.count == 1)
        return problems.problems[0].text
    }

    private static let field = "flows[0].shape.sanitize.policies[0].rules[0]"

    @Test func `words stand one a line, and blank lines and comments hold none`() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let contents = mark + Array("# Cities\r\nAachen\r\n\n  Bad Ems\t\n\u{c9}vian\n\n #x\nCelle".utf8)
        let wanted = SanitizeAction.dictionary(
            words: WordList(["Aachen", "Bad Ems", "\u{c9}vian", "Celle"]), identity: "person")
        #expect(try action(contents).get() == wanted)
        #expect(try action(contents, #", file: "${FOLDER}/cities.txt""#).get() == wanted)
    }

    @Test func `what cannot be used is told, and none of its words`() throws {
        func told(_ contents: String) throws -> String? {
            try problem(Array(contents.utf8))?.replacing(
                "\(Self.field).file names the file \"cities.txt\", which ", with: "")
        }
        #expect(try told("a\nb\n\na") == "holds the same word in the lines 1 and 4; keep one")
        #expect(try told("# nothing\n\n") == "holds no words")
        #expect(try told("a\0b") == "holds a zero byte in line 1; remove it")
        #expect(try problem([0x61, 0x0A, 0xFF])?.hasSuffix("is no text in UTF-8: line 2") == true)
        #expect(try problem(nil)?.hasSuffix("cannot be read: No such file or directory") == true)
        #expect(try problem(nil, ", file: .")?.hasSuffix("cannot be read: Is a directory") == true)
        // What comes from the environment is not shown.
        let hidden = try problem(nil, #", file: "${NAME}""#)
        #expect(hidden?.contains("secret") == false && hidden?.contains("${NAME}") == true)
    }

    @Test func `its size is bounded`() throws {
        let long = try problem([UInt8](repeating: UInt8(ascii: "a"), count: (16 << 20) + 1))
        #expect(long?.hasSuffix("cannot be read: it has more than 16777216 bytes") == true)
        let many = (0...1_000_000).map { String($0, radix: 36) }.joined(separator: "\n")
        #expect(try problem(Array(many.utf8))?.hasSuffix("holds more than 1000000 words") == true)
    }

    @Test func `words stand in the rule or in a file`() throws {
        #expect(try problem(nil, "") == "\(Self.field) has no words; expected words: a list, or file: one word a line")
        #expect(
            try problem(nil, ", words: [a], file: cities.txt")
                == "\(Self.field).file stands beside words; keep one of the two")
    }

    /// What changes while a flow runs are passwords and certificates: a dictionary is not read for them again.
    @Test func `clusters can be read without anything else`() throws {
        let clusters = try MirrorConfiguration.clusters(
            bytes: Array(Self.text(", file: missing.txt").utf8), name: "mirror.yaml", environment: [:],
            propertyRefusal: { _ in nil })
        #expect(clusters.map(\.name) == ["prod", "staging"])
    }
}
