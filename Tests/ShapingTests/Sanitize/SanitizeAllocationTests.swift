import CAllocationCounter
import Model
import Shaping
import Testing

struct SanitizeAllocationTests {
    private static let order = Array(
        #"""
        {"id":"o-1","user":{"id":"u-1","em\u0061il":"ada\n@example.org","name":"Ada","vip":true},"total":12.5,
        "items":[{"sku":"S-1","note":"x"},{"sku":"S-2","note":null}],"callback":"https://hooks.example/o-1"}
        """#.utf8)

    @Test(
        .enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"),
        arguments: SanitizePolicy.Unlisted.allCases)
    func `a record like those before it allocates nothing`(unlisted: SanitizePolicy.Unlisted) throws {
        var policy = try SanitizePolicy.ofTest(
            unlisted, keep: ["$.id", "$.items[*].sku"],
            [("$.user.id", .hash), ("$..email", .email(identity: "p", domain: "d")), ("$.callback", .drop)])
        policy.rules += [SanitizeRule(.key, .hash), SanitizeRule(.header("x-.*"), .hash)]
        policy.onUnmatchedPath = .quarantine
        let sanitizer = try TopicSanitizer.ofTest(policy)
        let (key, name, other) = (Array("u-1".utf8), Array("x-user".utf8), Array("trace".utf8))
        var changed = 0
        func record() {
            if sanitizer.sanitizeValue(Self.order.span, context: .ofTest) == .changed { changed += 1 }
            if sanitizer.sanitizeKey(key.span, context: .ofTest) == .changed { changed += 1 }
            if sanitizer.sanitizeHeader(name: name.span, value: key.span, context: .ofTest) == .changed { changed += 1 }
            _ = sanitizer.sanitizeHeader(name: other.span, value: key.span, context: .ofTest)
        }
        for _ in 0..<10 { record() }
        allocation_counter_start()
        for _ in 0..<1_000 { record() }
        let allocations = allocation_counter_stop()
        #expect(allocations == 0)
        #expect(changed == 3 * 1_010)
    }
}
