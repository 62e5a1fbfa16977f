import Model
import Shaping
import Testing

struct FingerprintTests {
    private func print(words: [String]) -> String {
        var policy = SanitizePolicy(topics: [.literal("orders")])
        policy.rules = [
            SanitizeRule(
                .value(JSONPath([.key("city")])), .dictionary(words: WordList(words), identity: "person"))
        ]
        var sanitize = SanitizeDefinition(key: Secret(Array("0123456789abcdef".utf8)))
        sanitize.policies = [policy]
        var shape = ShapeDefinition()
        shape.sanitize = sanitize
        return shape.fingerprint
    }

    /// Wherever they come from: two files of one name may differ.
    @Test func `it tells a dictionary's words apart`() {
        #expect(print(words: ["Aachen", "Bonn"]) == print(words: ["Aachen", "Bonn"]))
        let prints = [["Aachen", "Bonn"], ["Bonn", "Aachen"], ["Aachen"], ["AachenBonn"], ["Aachen\", \"Bonn"]]
            .map(print(words:))
        #expect(Set(prints).count == prints.count)
    }
}
