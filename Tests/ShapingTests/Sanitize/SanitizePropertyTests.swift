import Model
import Shaping
import Testing

struct SanitizePropertyTests {
    @Test func `random documents under random policies become what the policies mean`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomJSON(numbers: SeededNumbers(seed: seed))
        var (changed, mismatched) = (0, 0)
        for round in 0..<120 {
            let policy = random.policy()
            let sanitizer = try TopicSanitizer.ofTest(policy)
            for _ in 0..<10 {
                let text = random.document()
                let place: Comment = "seed \(seed), round \(round): \(text) under \(policy)"
                let tree = try #require(JSONTree(Array(text.utf8)), place)
                let (bytes, outcome) = sanitizer.run(Array(text.utf8))
                guard let expected = try? ReferenceSanitizer(policy: policy).sanitize(tree) else {
                    mismatched += 1
                    #expect(bytes == nil && sanitizer.lastFailure?.kind == .typeMismatch, place)
                    continue
                }
                let after = try #require(bytes, place)
                #expect(JSONScanner.fault(in: after.span) == nil, place)
                #expect(JSONTree(after) == expected, place)
                if outcome == .changed { changed += 1 } else { #expect(expected == tree, place) }
            }
        }
        // Both ways are gone often enough to mean something.
        #expect(changed > 300 && mismatched > 10, "seed \(seed): \(changed) changed, \(mismatched) mismatched")
    }

    @Test func `where everything is kept, every random document passes untouched`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomJSON(numbers: SeededNumbers(seed: seed))
        let sanitizer = try TopicSanitizer.ofTest(.ofTest(.keep, [("$..never", .drop)]))
        for _ in 0..<500 {
            let text = random.document()
            #expect(sanitizer.run(Array(text.utf8)).outcome == .unchanged, "seed \(seed): \(text)")
        }
    }
}
