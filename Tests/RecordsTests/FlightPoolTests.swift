import Records
import TestSupport
import Testing

@Suite struct FlightPoolTests {
    @Test(arguments: 1...50)
    func `every read is released exactly once, landed in any order or left in the air`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let reads = Memory.reads(60)
        do {
            var pool = Memory.pool(capacity: 60)
            var seats: [Int32] = []
            for read in reads {
                seats.append(pool.launch(read))
                if Bool.random(using: &random) {
                    let seat = seats.remove(at: Int.random(in: 0..<seats.count, using: &random))
                    _ = pool.land(seat)
                }
            }
            let inFlight = pool.inFlight
            #expect(inFlight == seats.count)
        }
        #expect(reads.allSatisfy { Memory.releases(of: $0) == 1 })
    }

    @Test func `a seat brings back the read that took it`() {
        var pool = Memory.pool(capacity: 20)
        let seats = Memory.reads(20).map { (offset: $0.offset, seat: pool.launch($0)) }
        let landed = seats.shuffled().map { $0.offset == pool.land($0.seat).offset }
        #expect(landed.allSatisfy { $0 })
    }

    @Test func `an unseated read is the caller's again`() {
        let read = Memory.reads(1)[0]
        var pool = Memory.pool(capacity: 1)
        _ = pool.unseat(pool.launch(read))
        let isFull = pool.isFull
        #expect(Memory.releases(of: read) == 0 && !isFull)
    }

    @Test func `looking at the reads in flight keeps them`() {
        let reads = Memory.reads(3)
        var pool = Memory.pool(capacity: 5)
        for read in reads { _ = pool.launch(read) }
        var seen: Set<Int64> = []
        pool.forEach { seen.insert($0.offset) }
        let inFlight = pool.inFlight
        #expect(seen == [0, 1, 2] && inFlight == 3)
        #expect(reads.allSatisfy { Memory.releases(of: $0) == 0 })
    }

    @Test func `a seat that lands twice traps`() async {
        await #expect(processExitsWith: .failure) {
            var pool = Memory.pool(capacity: 2)
            let seat = pool.launch(Memory.reads(1)[0])
            _ = pool.land(seat)
            _ = pool.land(seat)
        }
    }

    @Test func `a launch into a full pool traps`() async {
        await #expect(processExitsWith: .failure) {
            var pool = Memory.pool(capacity: 1)
            for read in Memory.reads(2) { _ = pool.launch(read) }
        }
    }
}
