import Model
import Shaping
import Testing

struct DictionaryActionTests {
    private func bench(_ words: [String]) throws -> IdentityBench {
        let action = SanitizeAction.dictionary(words: WordList(words), identity: "person")
        return try #require(IdentityBench(action, canonical: [.lowercase]))
    }

    @Test func `the word is chosen by the canonical text`() throws {
        // HMAC-SHA256("key", "person" 00 "word" 00 "berlin") modulo 4, by a program of another language.
        #expect(try bench(["Aachen", "Bonn", "Celle", "Dresden"]).text(for: "Berlin") == "Dresden")
        #expect(try bench(["Aachen", "Bonn", "Celle", "Dresden"]).text(for: "BERLIN") == "Dresden")
    }

    @Test func `all words are used`() throws {
        let words = (0..<10).map { "word \($0)" }
        let bench = try bench(words)
        #expect(Set((0..<200).map { bench.text(for: "\($0)") }) == Set(words))
    }

    @Test func `numbers are refused, and so is everything without words`() throws {
        #expect(try bench(["Aachen"]).refusal(of: "1", kind: .number) != nil)
        #expect(try bench([]).refusal(of: "Berlin") != nil)
    }
}
