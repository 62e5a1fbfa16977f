import Configuration
import Foundation
import TestSupport
import Testing

/// Files from a careless or a hostile hand.
struct MutationTests {
    private static let snippets = [
        "\t", "  ", "\n", ": ", "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "!!x ", "|\n", ">\n", "#", "%", "@",
        "? ", "---\n", "...\n", "<<: ", "${", "${A}", "${file:/", "\u{0}", "\u{FEFF}", "\u{2028}", "\\", "~", "null",
        "999999999999999999999", "-1", "ms", "(", "(?", ".*", "\u{1F426}",
    ]

    @Test(arguments: [UInt64](1...8))
    func `a mutated file is a value or a list of problems`(seed: UInt64) throws {
        let original = [UInt8](try Data(contentsOf: URL(filePath: repositoryFile("config/mirror.example.yaml"))))
        var generator = SeededGenerator(seed: seed)
        for round in 0..<250 {
            var bytes = original
            for _ in 0...Int.random(in: 0...4, using: &generator) { mutate(&bytes, &generator) }
            do {
                let mirror = try MirrorConfiguration.load(
                    bytes: bytes, name: "m", environment: ["A": "a", "PROD_PASSWORD": "hunter2"],
                    propertyRefusal: { _ in nil })
                #expect(!mirror.flows.isEmpty, "seed \(seed), round \(round)")
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed), round \(round)")
                #expect(!error.description.contains("hunter2"), "seed \(seed), round \(round)")
                let places = error.problems.compactMap(\.place)
                #expect(places == places.sorted(), "seed \(seed), round \(round)")
                let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count == error.problems.count, "seed \(seed), round \(round)")
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: bytes.indices, using: &generator)
        let end = min(bytes.count, index + Int.random(in: 1...40, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(index..<end)
        case 2: bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: bytes.indices, using: &generator))
        case 3: bytes.removeSubrange(index...)
        case 4: bytes.swapAt(index, Int.random(in: bytes.indices, using: &generator))
        default: bytes.insert(contentsOf: Self.snippets.randomElement(using: &generator)!.utf8, at: index)
        }
    }
}
