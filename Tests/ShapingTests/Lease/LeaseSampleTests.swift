import Model
import Testing

@testable import Shaping

/// `excess: sample_down`: how the share of ids gets to all processes.
struct LeaseSampleTests {
    private let limits = RateLimits(recordsPerSecond: 800)

    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 5_000_000_000).advanced(milliseconds: milliseconds)
    }

    private func steward(_ name: String, samplesDown: Bool = true) -> LeaseBook {
        var book = LeaseBook(steward: name, limits: limits, samplesDown: samplesDown)
        claim(&book, at: at(0))
        return book
    }

    private func claim(_ book: inout LeaseBook, at now: Instant) {
        book.becomeSteward()
        if let claim = book.nextLease(at: now) { book.noteLease(claim, at: now) }
    }

    /// Tells a demand, and answers the step of the lease that is written and read back.
    private func step(
        _ book: inout LeaseBook, _ sequence: Int64, behindAtStep: Int?, used: Double = 800, at now: Instant
    ) -> Int? {
        book.noteDemand(
            DemandMessage(
                instance: "a", run: 1, sequence: sequence,
                load: RateLoad(waitingRecords: 100, offeredRecords: 800, usedRecords: used), obeys: .none,
                behindAtStep: behindAtStep), at: now)
        guard let lease = book.nextLease(at: now) else { return nil }
        book.noteLease(lease, at: now)
        return lease.sampleStep
    }

    @Test func `the steward lowers for who is behind at the step in force, and not for who has not heard of it`() {
        var book = steward("s")
        #expect(step(&book, 1, behindAtStep: nil, at: at(0)) == 0)
        #expect(step(&book, 2, behindAtStep: 0, used: 400, at: at(500)) == 0)
        #expect(step(&book, 3, behindAtStep: 0, at: at(1_000)) == 1)
        #expect(step(&book, 4, behindAtStep: 0, at: at(5_000)) == 1)
        #expect(step(&book, 5, behindAtStep: 1, at: at(5_500)) == 2)
    }

    @Test func `the next steward goes on where the last one was`() {
        var first = steward("s")
        _ = step(&first, 1, behindAtStep: nil, at: at(0))
        #expect(step(&first, 2, behindAtStep: 0, at: at(500)) == 1)
        var second = LeaseBook(steward: "t", limits: limits, samplesDown: true)
        second.noteLease(
            LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 5), sampleStep: 3), at: at(600))
        claim(&second, at: at(650))
        #expect(step(&second, 3, behindAtStep: nil, at: at(700)) == 3)
    }

    @Test func `members obey, and say at which step they are behind`() throws {
        var member = LeaseMember(instance: "a", run: 1, limits: limits)
        member.isBehind = true
        func demand(at milliseconds: Int64) throws -> DemandMessage {
            let demand = member.nextDemand(at: at(milliseconds))
            return try #require(demand)
        }
        #expect(try demand(at: 0).behindAtStep == 0)
        let lease = LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 1), sampleStep: 2)
        member.noteLease(try LeaseMessage(decoding: lease.encoded), at: at(1))
        #expect(member.sampleStep == 2)
        let sent = try demand(at: 500)
        #expect(try DemandMessage(key: sent.key, decoding: sent.encoded).behindAtStep == 2)
        member.isBehind = false
        #expect(try demand(at: 1_000).behindAtStep == nil)
    }

    @Test func `without it no lease tells a step`() {
        var book = steward("s", samplesDown: false)
        _ = step(&book, 1, behindAtStep: nil, at: at(0))
        #expect(step(&book, 2, behindAtStep: 0, at: at(500)) == nil)
        let lease = LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 1))
        #expect(!String(decoding: lease.encoded, as: UTF8.self).contains("sample_step"))
        let wild = LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 1), sampleStep: 11)
        #expect(throws: LeaseFault.self) { try LeaseMessage(decoding: wild.encoded) }
    }
}
