import Engine
import Model
import Records

/// A lane's consumer in the simulated world.
package struct SimSource: SourcePort {
    let consumer: SimConsumer

    package mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        for start in starts {
            guard let log = consumer.world.source.log(start.partition) else {
                throw SourceFault("the source has no \(start.partition)")
            }
            consumer.assigned.append(SimConsumer.Assigned(index: start.index, log: log, next: start.offset))
        }
    }

    package mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        consumer.assigned.removeAll { indexes.contains($0.index) }
    }

    package mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) {
        for target in targets {
            guard let place = consumer.assigned.firstIndex(where: { $0.index == target.index }) else {
                throw SourceFault("\(target.partition) is not assigned")
            }
            consumer.assigned[place].next = target.offset
            consumer.assigned[place].endTold = -1
        }
    }

    /// The source answers after a while, and sometimes that it cannot say.
    package mutating func examine(_ examinations: [Examination]) {
        consumer.answer(examinations)
    }

    package func checksum(of read: Read) -> UInt64? { UInt64(read.offset) }

    /// Never waits: the lane's next turn comes when the wait would have been over.
    package mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        consumer.poll(into: &hand, upTo: upTo)
        if hand.isEmpty { consumer.idle = Int64(waitMilliseconds) * 1_000 }
    }

    package mutating func takeEvents() -> [SourceEvent] {
        defer { consumer.events = [] }
        return consumer.events
    }

    package func highWatermark(of index: Int32) -> Int64? {
        consumer.assigned.first { $0.index == index }?.log.end
    }
}

/// What a simulated consumer remembers.
final class SimConsumer {
    struct Assigned {
        let index: Int32
        let log: SourceLog
        var next: Int64
        /// The end that was last told as reached.
        var endTold: Int64 = -1
    }

    unowned let world: SimWorld
    var assigned: [Assigned] = []
    var events: [SourceEvent] = []
    /// How long the last poll would have waited, in microseconds.
    var idle: Int64 = 0

    /// Brings the lane what the source has answered.
    var deliver: ([ExaminationAnswer]) -> Void = { _ in }

    init(_ world: SimWorld) {
        self.world = world
    }

    func answer(_ examinations: [Examination]) {
        world.after(Int64(world.random.pick(1_000...200_000))) { [self] in
            let isSilent = world.strikes(0.3)
            deliver(
                examinations.map { examination in
                    guard !isSilent, let log = world.source.log(examination.partition) else {
                        return ExaminationAnswer(
                            ticket: examination.ticket, findings: .unknown(SourceFault("the source does not answer")))
                    }
                    if log.isHidden { return ExaminationAnswer(ticket: examination.ticket, findings: .absent(.topic)) }
                    return ExaminationAnswer(
                        ticket: examination.ticket, findings: .log(LogFindings(start: 0, end: log.end)))
                })
        }
    }

    func poll(into hand: inout ReadBatch, upTo: Int) {
        idle = 0
        guard !assigned.isEmpty else { return }
        var left = min(upTo, hand.room, world.random.pick(1...12))
        let first = world.random.pick(0...(assigned.count - 1))
        for step in assigned.indices {
            let place = (first + step) % assigned.count
            guard !assigned[place].log.isHidden else {
                events.append(.doubt(index: assigned[place].index, .vanished))
                continue
            }
            if world.strikes(world.plan.faults.sourceFault) {
                assigned[place].log.isFaulted = true
                events.append(.partitionFault(index: assigned[place].index, reason: "the log does not hold the offset"))
                return
            }
            if world.strikes(world.plan.faults.doubt) {
                // What is read behind a doubt is read too early.
                let index = assigned[place].index
                take(from: place, &left, into: &hand)
                events = events.filter { if case .endOfPartition(index, _) = $0 { false } else { true } }
                events.append(.doubt(index: index, world.random.pick(from: [.vanished, .short, .outOfRange])!))
                return
            }
            take(from: place, &left, into: &hand)
            if left == 0 { return }
        }
    }

    /// Most reads hold one record, some a run of them.
    private func take(from place: Int, _ left: inout Int, into hand: inout ReadBatch) {
        let log = assigned[place].log
        while left > 0 {
            let first = log.place(of: assigned[place].next)
            guard first < log.offsets.count else {
                if assigned[place].endTold != log.end {
                    assigned[place].endTold = log.end
                    assigned[place].next = max(assigned[place].next, log.end)
                    events.append(.endOfPartition(index: assigned[place].index, offset: log.end))
                }
                return
            }
            let run = world.random.chance(0.1) && log.refused.isEmpty ? min(3, log.offsets.count - first) : 1
            let next = log.offsets[first + run - 1] + 1
            hand.append(
                world.memory.read(
                    partition: assigned[place].index, offset: log.offsets[first], nextOffset: next,
                    bytes: Int32(world.random.pick(1...60)), records: Int32(run)))
            assigned[place].next = next
            left -= 1
        }
    }
}
