import Model
import Testing

@testable import Shaping

struct LeaseMemberTests {
    private let clock = Instant(nanoseconds: 77_000_000_000)
    private var member = LeaseMember(instance: "a", run: 1, limits: RateLimits(recordsPerSecond: 800))

    private func at(_ milliseconds: Int64) -> Instant { clock.advanced(milliseconds: milliseconds) }

    private func lease(
        _ share: Int, answering sequence: Int64, epoch: Int64 = 1, revision: Int64, steward: String = "s",
        run: Int64 = 1, isContended: Bool = false
    ) -> LeaseMessage {
        LeaseMessage(
            steward: steward, order: LeaseOrder(epoch: epoch, revision: revision), isContended: isContended,
            grants: [.init(instance: "a", run: run, sequence: sequence, share: share, live: share)])
    }

    /// A member that has sent its first demand.
    private func begun() -> LeaseMember {
        var member = member
        _ = member.nextDemand(at: at(0))
        return member
    }

    @Test func `a lease holds from the moment at which its demand was sent, not from its arrival`() {
        var member = begun()
        member.noteLease(lease(250_000, answering: 1, revision: 1), at: at(2_900))
        _ = member.nextDemand(at: at(2_990))
        #expect(member.shareNow(at: at(2_999)) == 0.25)
        #expect(member.shareNow(at: at(3_000)) == 0)
    }

    @Test func `without a lease nothing is sent, nor with one for a predecessor of the same name`() {
        var member = begun()
        #expect(member.shareNow(at: at(1)) == 0)
        member.noteLease(lease(250_000, answering: 1, revision: 1, run: 0), at: at(1))
        #expect(member.shareNow(at: at(1)) == 0)
    }

    @Test func `a lease that arrives late does not bring back what a newer one took`() {
        var member = begun()
        member.noteLease(lease(100_000, answering: 1, revision: 2), at: at(1))
        member.noteLease(lease(900_000, answering: 1, revision: 1), at: at(2))
        #expect(member.shareNow(at: at(3)) == 0.1)
    }

    @Test func `what a steward writes behind the claim of its successor counts for nothing`() {
        var member = begun()
        member.noteLease(lease(100_000, answering: 1, revision: 1), at: at(1))
        member.noteLease(
            LeaseMessage(steward: "t", order: LeaseOrder(epoch: 2, revision: 0), isClaim: true), at: at(2))
        member.noteLease(lease(900_000, answering: 1, revision: 2), at: at(3))
        #expect(member.shareNow(at: at(4)) == 0.1)
        member.noteLease(lease(900_000, answering: 1, epoch: 2, revision: 9, steward: "u"), at: at(5))
        #expect(member.shareNow(at: at(6)) == 0.1)
        member.noteLease(lease(200_000, answering: 1, epoch: 2, revision: 1, steward: "t"), at: at(7))
        #expect(member.shareNow(at: at(8)) == 0.2)
    }

    @Test func `what was given back stays given back when an answer to an earlier demand arrives`() throws {
        var member = begun()
        member.noteLease(lease(900_000, answering: 1, revision: 1, isContended: true), at: at(1))
        let second = try due(member.nextDemand(at: at(500)))
        #expect(second.ceiling == 1_000)
        #expect(second.obeys == LeaseOrder(epoch: 1, revision: 1))
        #expect(member.shareNow(at: at(501)) == 0.001)
        member.noteLease(lease(900_000, answering: 1, revision: 2), at: at(600))
        #expect(member.shareNow(at: at(601)) == 0.001)
        member.noteLease(lease(300_000, answering: 2, revision: 3), at: at(700))
        #expect(member.shareNow(at: at(701)) == 0.3)
    }

    @Test func `a smaller lease is acknowledged at once, anything else every half second`() throws {
        var member = begun()
        member.noteLease(lease(500_000, answering: 1, revision: 1), at: at(10))
        #expect(member.nextDemand(at: at(499)) == nil)
        #expect(member.nextDemand(at: at(500)) != nil)
        member.noteLease(lease(400_000, answering: 2, revision: 2), at: at(520))
        #expect(member.nextDemand(at: at(549)) == nil)
        let acknowledgement = try due(member.nextDemand(at: at(550)))
        #expect(acknowledgement.obeys.revision == 2)
        #expect(member.nextDemand(at: at(700)) == nil)
        member.load = RateLoad(waitingRecords: 1_000_000)
        #expect(member.nextDemand(at: at(700)) != nil)
    }

    @Test func `a new steward hears at once what is obeyed`() throws {
        var member = begun()
        member.noteLease(lease(500_000, answering: 1, revision: 1), at: at(10))
        member.noteLease(lease(500_000, answering: 1, epoch: 2, revision: 1, steward: "t"), at: at(20))
        #expect(try due(member.nextDemand(at: at(50))).obeys == LeaseOrder(epoch: 2, revision: 1))
    }

    @Test func `the part of the rate of partitions that go is given back at once, and kept back for a second`() throws {
        var member = begun()
        member.load = RateLoad(offeredRecords: 800)
        member.noteLease(lease(1_000_000, answering: 1, revision: 1), at: at(10))
        _ = try due(member.nextDemand(at: at(50)))
        member.load = RateLoad(offeredRecords: 200)
        member.noteLostPartitions(at: at(60))
        #expect(try due(member.nextDemand(at: at(60))).ceiling == 235_000)
        #expect(member.shareNow(at: at(61)) == 0.235)
        #expect(try due(member.nextDemand(at: at(560))).ceiling == 235_000)
        #expect(try due(member.nextDemand(at: at(1_060))).ceiling == nil)
    }

    @Test func `whoever has records waiting gives nothing back for partitions that go`() throws {
        var member = begun()
        member.noteLease(lease(1_000_000, answering: 1, revision: 1), at: at(10))
        member.load = RateLoad(waitingRecords: 100, offeredRecords: 200)
        member.noteLostPartitions(at: at(60))
        #expect(try due(member.nextDemand(at: at(60))).ceiling == nil)
    }

    @Test func `a setting is in force when it is read, from the command or from a lease, and an older one never is`() {
        var member = begun()
        member.noteLease(lease(500_000, answering: 1, revision: 1), at: at(1))
        let pause = RateSetting(id: 3, limits: RateLimits(recordsPerSecond: 800), paused: true)
        member.noteLease(
            LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 2), setting: pause), at: at(2))
        #expect(member.shareNow(at: at(3)) == 0)
        member.noteSetting(RateSetting(id: 2, limits: RateLimits(recordsPerSecond: 100)))
        #expect(member.isPaused)
        member.noteSetting(RateSetting(id: 4, limits: RateLimits(recordsPerSecond: 100)))
        #expect(member.shareNow(at: at(4)) == 0.5)
        #expect(member.limits.recordsPerSecond == 100)
    }

    @Test func `when the control thread is silent the lanes stop, for nobody hears the kill switch`() {
        var member = begun()
        member.noteLease(lease(500_000, answering: 1, revision: 1), at: at(1))
        #expect(member.allowance(at: at(2)).until == at(1_500))
        #expect(member.shareNow(at: at(1_499)) == 0.5)
        #expect(member.shareNow(at: at(1_500)) == 0)
    }

    @Test func `who leaves gives everything back and asks for nothing more`() {
        var member = begun()
        member.noteLease(lease(500_000, answering: 1, revision: 1), at: at(1))
        let last = member.leave(at: at(2))
        #expect(last.isLeaving && last.ceiling == 0)
        #expect(member.shareNow(at: at(3)) == 0)
        #expect(member.nextDemand(at: at(5_000)) == nil)
    }
}
