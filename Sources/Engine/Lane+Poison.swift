import Model
import Positions
import Records

/// Records that the destination refuses for good. Once one is known (`Poison`), everything of its partition is read
/// again, and this time it is taken out before it is sent: its partition stops in front of it, or it goes into the
/// quarantine in the very transaction that moves the position past it. So neither can be without the other, with
/// either promise. Until that is committed nothing more of its partition is read: a run of poison makes a little
/// progress with every try, and cannot keep the lane's others from committing.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// A report says that the destination refuses a read, or the batch it went in.
    mutating func noteRefusal(_ report: DeliveryReport, reason: String, isAboutSize: Bool) {
        let partition = partitions[report.partition]
        let topic = partition.origin.to
        let mark = poison.mark(partition.source, report.offset)
        let limit = poison.limit(of: partition.source, to: topic)
        poison.judge(report, of: partition.source, to: topic, reason: reason, isAboutSize: isAboutSize)
        let isLimitNew = poison.limit(of: partition.source, to: topic) != limit
        // A failure that has taught something is followed by a better try, and there are only so many of them.
        if isLimitNew || poison.mark(partition.source, report.offset) != mark { phase.endRow() }
        // The other reads of the batch say the same.
        guard isLimitNew else { return }
        for index in partitions.indexes where partitions[index].origin.to == topic { limitBatches(of: index) }
    }

    mutating func limitBatches(of index: Int32) {
        let partition = partitions[index]
        destination.limitBatches(of: index, to: poison.limit(of: partition.source, to: partition.origin.to))
    }

    /// Takes the first known poison of each partition out of the hand, and what follows it.
    mutating func takePoison() -> [(index: Int32, record: QuarantinedRecord)] {
        guard !poison.isEmpty else { return [] }
        var taken: [(index: Int32, record: QuarantinedRecord)] = []
        for place in 0..<hand.count {
            let read = hand[place]
            guard !taken.contains(where: { $0.index == read.partition }),
                let mark = poison.mark(partitions[read.partition].source, read.offset)
            else { continue }
            taken.append((read.partition, quarantined(read, mark)))
        }
        for (index, record) in taken {
            hand.discard { $0.partition == index && $0.offset >= record.offset }
        }
        return taken
    }

    private func quarantined(_ read: Read, _ mark: Poison.Mark) -> QuarantinedRecord {
        let partition = partitions[read.partition]
        let copy = source.copy(of: read)
        return QuarantinedRecord(
            source: partition.source, offset: read.offset, nextOffset: read.nextOffset,
            destination: partition.origin.to, reason: mark.reason, bytes: copy?.bytes ?? Int(read.bytes),
            hash: copy?.hash, timestampMilliseconds: copy?.timestampMilliseconds,
            copy: settings.quarantineKeepsBytes && !mark.isWithoutBytes ? copy : nil)
    }

    /// Deals with what was taken out; all that was read before it is noted by now.
    mutating func pass(_ taken: [(index: Int32, record: QuarantinedRecord)], at now: Instant) {
        for (index, record) in taken {
            let inARow = poison.inARow(record.source, readAt: partitions[index].window.readAt)
            partitions[index].quarantined = record
            partitions[index].quarantinedInARow = inARow
            partitions[index].state = .quarantining
            unread(index)
            if let reason = reasonToStop(at: record, inARow: inARow) {
                partitions[index].stopsFor = "the destination refuses offset \(record.offset): \(reason)"
                stopIfCommitted(index)
                continue
            }
            partitions[index].window.open(nextOffset: record.nextOffset)
            partitions[index].window.settle(nextOffset: record.nextOffset)
            uncommittedSince = uncommittedSince ?? now
        }
    }

    /// Not before: a failure meanwhile takes what was read before the record back, and it is to be read again.
    private mutating func stopIfCommitted(_ index: Int32) {
        let partition = partitions[index]
        guard let record = partition.quarantined, let reason = partition.stopsFor, partition.window.outstanding == 0,
            !partition.isDirty
        else { return }
        partitions[index].quarantined = nil
        partitions[index].stopsFor = nil
        poison.settle(record.source, record.offset)
        setStopped(index, reason: reason)
    }

    private func reasonToStop(at record: QuarantinedRecord, inARow: Int) -> String? {
        guard settings.policies(record.source.topic).onPoison == .quarantine else { return record.reason }
        if let fault = poison.mark(record.source, record.offset)?.quarantineFault {
            return "\(record.reason); and the quarantine does not take it: \(fault)"
        }
        guard inARow <= Poison.inARowMax else {
            return "\(record.reason); it is number \(inARow) in a row, which the topic's settings at the destination "
                + "must explain, and no single record"
        }
        return nil
    }

    /// Whether a record waits for nothing but a commit to be in the quarantine.
    var isQuarantineDue: Bool {
        !poison.isEmpty && partitions.indexes.contains { partitions[$0].quarantineReady != nil }
    }

    /// Records and position past them are committed: the partitions go on.
    mutating func finishQuarantine(of index: Int32, at now: Instant) {
        stopIfCommitted(index)
        guard let record = partitions[index].quarantined, partitions[index].committed > record.offset else { return }
        partitions[index].quarantined = nil
        poison.noteQuarantined(record, inARow: partitions[index].quarantinedInARow)
        board.counters.noteQuarantined()
        post(.quarantined(record.source, offset: record.offset, reason: record.reason))
        if partitions[index].state == .quarantining { resume(index, at: now) }
    }

    /// The quarantine refused what was to be committed: the records are taken out again, with less of them.
    mutating func noteQuarantineRefusal(_ fault: DestinationFault, at now: Instant) {
        for index in partitions.indexes {
            guard let record = partitions[index].quarantineReady else { continue }
            poison.noteQuarantineRefusal(record.source, record.offset, reason: fault.reason)
            // With exactly-once all goes back anyway, to the committed position.
            guard settings.delivery == .atLeastOnce else { continue }
            partitions[index].window.rewind(to: record.offset)
            partitions[index].quarantined = nil
            resume(index, at: now)
        }
    }
}

extension LanePartition {
    /// The record that may be committed into the quarantine: everything before it is acknowledged.
    var quarantineReady: QuarantinedRecord? {
        guard let record = quarantined, window.resumeAt > record.offset else { return nil }
        return record
    }
}
