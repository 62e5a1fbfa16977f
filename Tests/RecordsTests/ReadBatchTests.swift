import Records
import TestSupport
import Testing

@Suite struct ReadBatchTests {
    @Test(arguments: [0, 1, 3, 7])
    func `a batch that goes releases exactly what nobody took`(taken: Int) {
        let reads = Memory.reads(7)
        do {
            var batch = Memory.batch(capacity: 7)
            for read in reads { batch.append(read) }
            for _ in 0..<taken { _ = batch.takeFirst() }
        }
        #expect(reads.map { Memory.releases(of: $0) } == (0..<7).map { $0 < taken ? 0 : 1 })
    }

    @Test func `reads leave from the front in their order`() {
        var batch = Memory.batch(capacity: 5)
        for read in Memory.reads(5) { batch.append(read) }
        var offsets: [Int64] = []
        while !batch.isEmpty { offsets.append(batch.takeFirst().offset) }
        #expect(offsets == [0, 1, 2, 3, 4])
    }

    @Test func `an emptied batch has its whole room again`() {
        var batch = Memory.batch(capacity: 3)
        for read in Memory.reads(3) { batch.append(read) }
        let full = batch.room
        _ = batch.takeFirst()
        let partly = batch.room
        while !batch.isEmpty { _ = batch.takeFirst() }
        let rooms = (full, partly, batch.room)
        #expect(rooms == (0, 0, 3))
    }

    @Test func `a queue that is compacted has room for what left, and keeps the rest`() {
        let reads = Memory.reads(4)
        do {
            var batch = Memory.batch(capacity: 3)
            for read in reads.prefix(3) { batch.append(read) }
            _ = batch.takeFirst()
            batch.compact()
            let room = batch.room
            #expect(room == 1)
            batch.append(reads[3])
            let offsets = (0..<batch.count).map { batch[$0].offset }
            #expect(offsets == [1, 2, 3])
        }
        #expect(reads.map { Memory.releases(of: $0) } == [0, 1, 1, 1])
    }

    @Test(arguments: 1...50)
    func `discarding releases what it drops, once, and keeps the order of the others`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let reads = Memory.reads(40)
        let taken = Int.random(in: 0...10, using: &random)
        let dropped = Set((0..<40).filter { _ in Bool.random(using: &random) }.map(Int64.init))
        var kept: [Int64] = []
        do {
            var batch = Memory.batch(capacity: 40)
            for read in reads { batch.append(read) }
            for _ in 0..<taken { _ = batch.takeFirst() }
            batch.discard { dropped.contains($0.offset) }
            kept = (0..<batch.count).map { batch[$0].offset }
        }
        #expect(kept == (Int64(taken)..<40).filter { !dropped.contains($0) })
        #expect(reads.map { Memory.releases(of: $0) } == (0..<40).map { $0 < taken ? 0 : 1 })
    }

    @Test func `an append to a full batch traps`() async {
        await #expect(processExitsWith: .failure) {
            var batch = Memory.batch(capacity: 1)
            for read in Memory.reads(2) { batch.append(read) }
        }
    }
}
