import Model
import Testing

@testable import Shaping

struct LeaseBookTests {
    private let limits = RateLimits(recordsPerSecond: 800)
    private let hungry = RateLoad(waitingRecords: 1_000_000)

    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 5_000_000_000).advanced(milliseconds: milliseconds)
    }

    private func demand(
        _ instance: String, _ sequence: Int64, load: RateLoad? = nil, obeys: LeaseOrder = .none, ceiling: Int? = nil,
        run: Int64 = 1
    ) -> DemandMessage {
        DemandMessage(
            instance: instance, run: run, sequence: sequence, load: load ?? hungry, obeys: obeys, ceiling: ceiling)
    }

    /// A steward whose claim stands in the log, at 0 ms.
    private func steward() -> LeaseBook {
        var book = LeaseBook(steward: "s", limits: limits)
        book.becomeSteward()
        if let claim = book.nextLease(at: at(0)) { book.noteLease(claim, at: at(0)) }
        return book
    }

    private func share(_ instance: String, in lease: LeaseMessage?) -> Int? {
        lease?.grants.first { $0.instance == instance && $0.sequence > 0 }?.share
    }

    /// The lease that is due, written and read back.
    private func next(_ book: inout LeaseBook, at now: Instant) -> LeaseMessage? {
        let lease = book.nextLease(at: now)
        if let lease { book.noteLease(lease, at: now) }
        return lease
    }

    @Test func `nothing is given before the claim was read back, and a lost claim is repeated`() throws {
        var book = LeaseBook(steward: "s", limits: limits)
        book.noteDemand(demand("a", 1), at: at(0))
        #expect(book.nextLease(at: at(0)) == nil)
        book.becomeSteward()
        let claim = try due(book.nextLease(at: at(0)))
        #expect(claim.isClaim && claim.grants.isEmpty)
        #expect(book.nextLease(at: at(499)) == nil)
        #expect(book.nextLease(at: at(500)) == claim)
        book.noteLease(claim, at: at(600))
        #expect(share("a", in: book.nextLease(at: at(600))) == 1_000_000)
    }

    @Test func `what one process has another gets only when the smaller lease is obeyed`() {
        var book = steward()
        book.noteDemand(demand("a", 1), at: at(1))
        #expect(share("a", in: next(&book, at: at(1))) == 1_000_000)
        book.noteDemand(demand("b", 1), at: at(200))
        let taking = next(&book, at: at(200))
        #expect(share("a", in: taking) == 990_000)
        #expect(share("b", in: taking) == 0)
        book.noteDemand(demand("a", 2, obeys: LeaseOrder(epoch: 1, revision: 1)), at: at(400))
        #expect(share("b", in: next(&book, at: at(700))) == 0)
        book.noteDemand(demand("a", 3, obeys: LeaseOrder(epoch: 1, revision: 2)), at: at(900))
        #expect(share("b", in: next(&book, at: at(900))) == 10_000)
    }

    /// Nobody uses what is on its way.
    @Test func `what is used moves little by little, until everybody has the part that is due`() {
        var book = steward()
        var (a, b) = (0, 0)
        var order = LeaseOrder(epoch: 1, revision: 0)
        for turn in 0..<400 {
            let now = at(Int64(turn) * 100)
            book.noteDemand(demand("a", Int64(turn), obeys: order), at: now)
            if turn >= 10 { book.noteDemand(demand("b", Int64(turn), obeys: order), at: now) }
            guard let lease = next(&book, at: now) else { continue }
            order = lease.order
            (a, b) = (share("a", in: lease) ?? 0, share("b", in: lease) ?? 0)
            #expect(turn < 10 || a + b >= 985_000, "\(a) and \(b) at \(turn)")
        }
        #expect(abs(a - 500_000) <= 30_000 && a + b >= 998_000, "\(a) and \(b)")
    }

    @Test func `what is not used moves at once`() {
        var book = steward()
        book.noteDemand(demand("a", 1), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("b", 1), at: at(200))
        book.noteDemand(demand("a", 2, load: RateLoad(offeredRecords: 80)), at: at(200))
        #expect(share("a", in: next(&book, at: at(200))) ?? .max < 120_000)
    }

    @Test func `or when the larger lease has run out by the steward's clock`() {
        var book = steward()
        book.noteDemand(demand("a", 1), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("b", 1), at: at(2_900))
        #expect(share("b", in: next(&book, at: at(3_020))) == 0)
        book.noteDemand(demand("b", 2), at: at(3_100))
        #expect(share("b", in: next(&book, at: at(3_530))) == 1_000_000)
    }

    @Test func `or when it was given back, at once`() {
        var book = steward()
        book.noteDemand(demand("a", 1), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("b", 1), at: at(200))
        _ = next(&book, at: at(200))
        book.noteDemand(demand("a", 2, load: RateLoad(), ceiling: 1_000), at: at(300))
        #expect(share("b", in: next(&book, at: at(300))) ?? 0 > 990_000)
    }

    @Test func `what goes with partitions is nobody's until their next owner asks, who has it in one message`() {
        var book = steward()
        let (few, many) = (RateLoad(offeredRecords: 200), RateLoad(offeredRecords: 600))
        book.noteDemand(demand("a", 1, load: RateLoad(offeredRecords: 800)), at: at(1))
        book.noteDemand(demand("b", 1, load: RateLoad()), at: at(1))
        #expect(share("a", in: next(&book, at: at(1))) ?? 0 > 990_000)
        book.noteDemand(demand("a", 2, load: few, ceiling: 250_000), at: at(200))
        #expect(share("a", in: next(&book, at: at(600))) == 250_000)
        book.noteDemand(demand("b", 2, load: many), at: at(700))
        #expect(share("b", in: next(&book, at: at(700))) ?? 0 > 730_000)
    }

    @Test func `but where somebody has much waiting, it goes on`() {
        var book = steward()
        book.noteDemand(demand("a", 1, load: RateLoad(offeredRecords: 800)), at: at(1))
        book.noteDemand(demand("b", 1), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("a", 2, load: RateLoad(offeredRecords: 200), ceiling: 250_000), at: at(200))
        #expect(share("b", in: next(&book, at: at(600))) ?? 0 > 700_000)
    }

    @Test func `a demand that comes twice or late changes nothing`() {
        var book = steward()
        book.noteDemand(demand("a", 5), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("a", 4, ceiling: 0), at: at(200))
        book.noteDemand(demand("b", 1), at: at(2_990))
        // The lease answers demand 5 and counts from its first arrival, not from a second one's.
        book.noteDemand(demand("a", 5), at: at(2_990))
        #expect(share("b", in: next(&book, at: at(2_991))) == 0)
        #expect(share("b", in: next(&book, at: at(3_491))) ?? 0 > 990_000)
    }

    @Test func `a successor that has read the last lease gives what was given, and only the rest to others`() throws {
        var old = steward()
        old.noteDemand(demand("a", 1), at: at(1))
        let last = try due(old.nextLease(at: at(1)))
        var book = LeaseBook(steward: "t", limits: limits)
        book.noteLease(LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 0), isClaim: true), at: at(50))
        book.noteLease(last, at: at(50))
        book.noteDemand(demand("a", 2, obeys: last.order), at: at(60))
        book.noteDemand(demand("b", 1), at: at(60))
        book.becomeSteward()
        let claim = try due(book.nextLease(at: at(70)))
        #expect(claim.order == LeaseOrder(epoch: 2, revision: 0))
        book.noteLease(claim, at: at(80))
        let first = next(&book, at: at(80))
        #expect(share("a", in: first) == 990_000)
        #expect(share("b", in: first) == 0)
        // The predecessor reads the claim and writes nothing more.
        old.noteLease(claim, at: at(90))
        #expect(!old.isSteward)
        #expect(old.nextLease(at: at(5_000)) == nil)
    }

    @Test func `a successor of a steward that only claimed waits until everything has run out`() throws {
        var book = LeaseBook(steward: "t", limits: limits)
        book.noteLease(LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 0), isClaim: true), at: at(0))
        book.becomeSteward()
        let claim = try due(book.nextLease(at: at(0)))
        book.noteLease(claim, at: at(10))
        book.noteDemand(demand("a", 1), at: at(2_000))
        #expect(book.nextLease(at: at(3_029)) == nil)
        #expect(share("a", in: book.nextLease(at: at(3_030))) == 1_000_000)
    }

    @Test func `of two claims of one epoch the first in the log counts`() throws {
        var book = LeaseBook(steward: "t", limits: limits)
        book.becomeSteward()
        let claim = try due(book.nextLease(at: at(0)))
        book.noteLease(LeaseMessage(steward: "s", order: claim.order, isClaim: true), at: at(1))
        book.noteLease(claim, at: at(2))
        let second = try due(book.nextLease(at: at(3)))
        #expect(second.isClaim && second.order.epoch == 2)
        book.noteLease(second, at: at(4))
        book.noteLease(LeaseMessage(steward: "u", order: LeaseOrder(epoch: 2, revision: 9)), at: at(5))
        #expect(book.isSteward)
    }

    @Test func `a larger lease that may still be on its way counts, whatever is obeyed meanwhile`() {
        var book = steward()
        book.noteDemand(demand("a", 1), at: at(1))
        book.noteDemand(demand("b", 1), at: at(1))
        #expect(share("a", in: next(&book, at: at(1))) == 500_000)
        book.noteDemand(demand("b", 2, load: RateLoad(), ceiling: 1_000), at: at(200))
        #expect(share("a", in: next(&book, at: at(200))) ?? 0 > 990_000)
        book.noteDemand(demand("a", 2, obeys: LeaseOrder(epoch: 1, revision: 1)), at: at(400))
        book.noteDemand(demand("b", 3), at: at(400))
        #expect(share("b", in: next(&book, at: at(400))) ?? 0 < 10_000)
    }

    @Test func `a successor counts what may still be in use, not what was given last, until it has run out`() throws {
        let last = LeaseMessage(
            steward: "s", order: LeaseOrder(epoch: 1, revision: 4),
            grants: [.init(instance: "a", run: 1, sequence: 8, share: 100_000, live: 900_000)])
        var book = LeaseBook(steward: "t", limits: limits)
        book.noteLease(last, at: at(0))
        book.becomeSteward()
        let claim = try due(book.nextLease(at: at(0)))
        book.noteLease(claim, at: at(10))
        book.noteDemand(demand("b", 1), at: at(2_900))
        #expect(share("b", in: next(&book, at: at(2_900))) == 100_000)
        #expect(share("b", in: next(&book, at: at(3_029))) ?? 100_000 == 100_000)
        #expect(share("b", in: next(&book, at: at(3_500))) == 1_000_000)
    }

    @Test func `who needs little gets it, the others share the rest by weight`() {
        let little = LeaseNeed(need: 100_000)
        let all = LeaseNeed(need: 1_000_000, weight: 2)
        let also = LeaseNeed(need: 1_000_000, weight: 1)
        let (shares, isContended) = LeaseNeed.divide([all, little, also])
        #expect(shares == [600_000, 100_000, 300_000])
        #expect(isContended)
        #expect(LeaseNeed.divide([LeaseNeed(need: 0), LeaseNeed(need: 0)]).shares == [500_000, 500_000])
    }

    @Test func `a successor of the same name takes the place of its predecessor, whose share runs out first`() {
        var book = steward()
        book.noteDemand(demand("a", 7), at: at(1))
        _ = next(&book, at: at(1))
        book.noteDemand(demand("a", 1, run: 2), at: at(1_000))
        #expect(share("a", in: next(&book, at: at(1_000))) == 0)
        book.noteDemand(demand("a", 2, run: 2), at: at(3_000))
        #expect(share("a", in: next(&book, at: at(3_100))) == 1_000_000)
    }
}
