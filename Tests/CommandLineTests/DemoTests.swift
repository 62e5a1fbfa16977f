import Testing

@testable import Verify
@testable import martlet

struct DemoTests {
    @Test func `a short demonstration ends by itself with a clean verdict`() {
        #expect(Martlet.run(["demo", "--records", "3000", "--seconds", "3", "--json"]) == .success)
    }

    private func verdict(_ change: (inout Verdict) -> Void) -> DemoVerdict {
        var counts = Verdict.Counts()
        counts.expected = 10
        counts.received = 10
        var verdict = Verdict(counts: counts, findings: [])
        change(&verdict)
        return DemoVerdict(verdict)
    }

    @Test func `a verdict without faults is clean`() {
        let clean = verdict { _ in }
        #expect(clean.isClean)
        #expect(clean.text.hasSuffix("every record once, in order, unchanged\n"))
    }

    @Test func `any fault at all, and a reading that was cut short, is not clean`() {
        let changes: [(inout Verdict) -> Void] = [
            { $0.counts.missing = 1 }, { $0.counts.duplicated = 1 }, { $0.counts.reordered = 1 },
            { $0.counts.altered = [.value: 1] }, { $0.counts.misplaced = 1 }, { $0.counts.unexpected = 1 },
            { $0.isComplete = false },
        ]
        for change in changes {
            let faulty = verdict(change)
            #expect(!faulty.isClean)
            #expect(faulty.text.hasSuffix("NOT as promised\n"))
        }
    }
}
