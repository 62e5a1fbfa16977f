import Model
import Positions

/// What a lane is told. Orders are obeyed in the order of their arrival.
package enum LaneOrder: Hashable, Sendable {
    /// Claim slots whose contents were just read, then mirror their partitions.
    case claim([SlotClaim])
    /// Mirror partitions that were registered in slots which the lane holds.
    case adopt([LaneStart])
    /// Give slots back: acknowledge, commit, release; after `deadline` without.
    case release([Slot], deadline: Instant)
    /// The slots are lost to others: take back what is not committed.
    case drop([Slot])
    /// Write catalogue records and first positions; the answer carries the ticket.
    case register(ticket: Int, [LedgerRecord])
    /// What the source holds of partitions that were asked about.
    case examined([ExaminationAnswer])
    /// The source did not show these, at least for a moment.
    case missed([MissedPartition])
    /// The source shows these again.
    case returned([TopicPartition])
    /// All requests to set positions that are open for partitions of the lane's slots; they replace the last list.
    case seek([SeekOrder])
    /// Put down everything. Ordered after all slots were released or dropped.
    case stop
}

package struct SlotClaim: Hashable, Sendable {
    package let slot: Slot
    package let mark: Int64
    package let starts: [LaneStart]

    package init(slot: Slot, mark: Int64, starts: [LaneStart]) {
        self.slot = slot
        self.mark = mark
        self.starts = starts
    }
}

/// A partition that the source did not show.
package struct MissedPartition: Hashable, Sendable {
    package let source: TopicPartition
    /// Where it ended when it was last shown; `nil`: nobody has seen it.
    package let end: Int64?

    package init(_ source: TopicPartition, end: Int64?) {
        self.source = source
        self.end = end
    }
}

/// One partition for a lane, with where it stands.
package struct LaneStart: Hashable, Sendable {
    package let source: TopicPartition
    package let slot: Slot
    package let position: Position

    package init(source: TopicPartition, slot: Slot, position: Position) {
        self.source = source
        self.slot = slot
        self.position = position
    }
}

/// What a lane answers.
package enum LaneNews: Hashable, Sendable {
    case claimed([Slot])
    /// Not claimed: somebody wrote to a slot after it was read, or the group moved on. Read again, if still assigned.
    case notClaimed([Slot], reason: String)
    case released([Slot])
    case dropped([Slot])
    /// The lane put these slots down by itself, since it may no longer trust its memory of them. Read again.
    case unsure([Slot], reason: String)
    case registered(ticket: Int, succeeded: Bool)
    case partitionStopped(TopicPartition, reason: String)
    /// A record that the destination refuses was put into the quarantine; its partition goes on.
    case quarantined(TopicPartition, offset: Int64, reason: String)
    /// The source no longer holds what comes next.
    case loss(TopicPartition, reason: String, policy: LossPolicy)
    /// The source deleted it, `position` being what would have been read next. What was missing then was told as a loss.
    case gone(TopicPartition, position: Int64, reason: String)
    /// The destination no longer holds what was mirrored.
    case destinationLoss(TopicPartition, reason: String, policy: DestinationLossPolicy)
    /// One that was refused moves again, or one that was gone is read again.
    case partitionGoesOn(TopicPartition)
    /// A request to set a position was answered.
    case sought(TopicPartition, SeekRecord)
    /// Something that heals by itself and that an operator wants to know.
    case trouble(String)
    case stopped
}
