import Simulation
import Testing

@testable import Engine

/// What a window should say, kept in the simplest way there is.
private struct NaiveWindow {
    enum ReadState { case open, settled, failed }
    var start: Int64
    var reads: [(next: Int64, state: ReadState)] = []

    init(at offset: Int64) {
        start = offset
    }

    var resumeAt: Int64 { reads.prefix { $0.state == .settled }.last?.next ?? start }
    var outstanding: Int { reads.filter { $0.state == .open }.count }
    var readAt: Int64 { reads.last?.next ?? start }
}

@Suite struct PartitionWindowTests {
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `a window agrees with a naive one, whatever the order of reports and holes`(seed: UInt64) {
        var random = SimRandom(seed: seed)
        let first = Int64(random.pick(0...50))
        var window = PartitionWindow(at: first)
        var naive = NaiveWindow(at: first)
        for _ in 0..<300 {
            switch random.pick(0...9) {
            case 0...3:
                let next = naive.readAt + Int64(random.pick(1...4))
                window.open(nextOffset: next)
                naive.reads.append((next, .open))
            case 4...7:
                let open = naive.reads.indices.filter { naive.reads[$0].state == .open }
                guard let place = random.chance(0.6) ? open.first : random.pick(from: open) else { continue }
                naive.reads[place].state = .settled
                window.settle(nextOffset: naive.reads[place].next)
            case 8:
                let end = naive.readAt + Int64(random.pick(0...3))
                if end > naive.readAt { naive.reads.append((end, .settled)) }
                window.reachEnd(at: end)
            default:
                // After a failure all reads come back, and the window starts again from its position.
                guard random.chance(0.2) else { continue }
                let open = naive.reads.indices.filter { naive.reads[$0].state == .open }
                guard let place = random.pick(from: open) else { continue }
                naive.reads[place].state = .failed
                window.fail(nextOffset: naive.reads[place].next)
                #expect(window.resumeAt == naive.resumeAt)
                let target = naive.resumeAt
                window.rewind(to: target)
                naive = NaiveWindow(at: target)
            }
            #expect(window.resumeAt == naive.resumeAt)
            #expect(window.outstanding == naive.outstanding)
            #expect(window.readAt == naive.readAt)
        }
    }

    @Test func `the position is the first read that is not acknowledged`() {
        var window = PartitionWindow(at: 0)
        for next in 1...5 as ClosedRange<Int64> { window.open(nextOffset: next) }
        for next in [5, 3, 2] as [Int64] { window.settle(nextOffset: next) }
        #expect(window.resumeAt == 0)
        window.settle(nextOffset: 1)
        #expect(window.resumeAt == 3)
    }

    @Test func `a read that came back undelivered holds the position`() {
        var window = PartitionWindow(at: 10)
        window.open(nextOffset: 11)
        window.open(nextOffset: 12)
        window.fail(nextOffset: 11)
        window.settle(nextOffset: 12)
        #expect(window.resumeAt == 10)
        #expect(window.outstanding == 0)
    }

    @Test func `the end of a log with holes at its end is reached when the last read is acknowledged`() {
        var window = PartitionWindow(at: 0)
        window.open(nextOffset: 7)
        window.reachEnd(at: 9)
        #expect(window.resumeAt == 0)
        window.settle(nextOffset: 7)
        #expect(window.resumeAt == 9)
    }

    @Test func `an end below what was read moves nothing`() {
        var window = PartitionWindow(at: 0)
        window.open(nextOffset: 7)
        window.settle(nextOffset: 7)
        window.reachEnd(at: 5)
        #expect(window.resumeAt == 7)
        #expect(window.readAt == 7)
    }
}
