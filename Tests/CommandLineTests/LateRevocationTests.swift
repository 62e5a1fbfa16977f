import Model
import RdKafka
import Testing

@testable import Mirror

struct LateRevocationTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    /// What was passed on, in words.
    private func words(_ events: [MemberEvent]) -> [String] {
        events.map {
            switch $0 {
            case .assigned(let slots): "assigned \(slots)"
            case .revoked(let slots, let isLost): "\(isLost ? "lost" : "revoked") \(slots)"
            case .fault: "fault"
            }
        }
    }

    @Test func `a revocation is heeded when the next owner can be there, and once`() {
        var late = LateRevocation()
        #expect(late.pass(.revoked([1, 2], isLost: false), isHurried: false, at: at(0)).isEmpty)
        #expect(late.pass(nil, isHurried: false, at: at(999)).isEmpty)
        #expect(words(late.pass(nil, isHurried: false, at: at(1_000))) == ["revoked [1, 2]"])
        #expect(late.pass(nil, isHurried: true, at: at(5_000)).isEmpty)
    }

    @Test func `a process that ends, slots that are lost, and assignments wait for nothing`() {
        var late = LateRevocation()
        #expect(words(late.pass(.revoked([1], isLost: false), isHurried: true, at: at(0))) == ["revoked [1]"])
        #expect(words(late.pass(.revoked([1], isLost: true), isHurried: false, at: at(0))) == ["lost [1]"])
        #expect(words(late.pass(.assigned([3]), isHurried: false, at: at(0))) == ["assigned [3]"])
    }

    @Test func `what comes after a revocation comes after it`() {
        var late = LateRevocation()
        #expect(late.pass(.revoked([1], isLost: false), isHurried: false, at: at(0)).isEmpty)
        let next = late.pass(.revoked([2], isLost: true), isHurried: false, at: at(10))
        #expect(words(next) == ["revoked [1]", "lost [2]"])
    }
}
