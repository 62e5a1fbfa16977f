import Model
import Positions

/// One process's part in sharing a flow's slots: a value that is told what happened and answers what to do.
///
/// It holds the order of things: an assigned slot is read (the dead owner fenced), claimed by a lane, and only then
/// mirrored; a revoked one is released, or dropped when it is lost, and only then is the group answered. Who performs
/// the actions (threads and Kafka, or the simulated world) decides nothing.
package struct Coordinator {
    package enum Event: Sendable {
        case assigned([Slot])
        case revoked([Slot], isLost: Bool)
        case slotsRead(job: Int, [SlotContents])
        /// Also the answer to `cancelReading`.
        case slotsUnread(job: Int, reason: String)
        case news(lane: Int, LaneNews)
        case catalogue(Catalogue)
        /// Where the destination keeps the partitions is known, or has changed.
        case replicaSets(ReplicaSets)
        case stop
        /// Time went on.
        case tick
    }

    package enum Action: Hashable, Sendable {
        /// Read slots up to their end. A `takeOver` fences a foreign owner first; a `secondLook` never does.
        case readSlots(job: Int, [Slot], ReadingMode)
        /// End this reading soon; it answers `slotsUnread` (or `slotsRead`, when that was on its way).
        case cancelReading(job: Int)
        case order(lane: Int, LaneOrder)
        /// Everything of a revocation is put down: let the group go on.
        case answerRevoke([Slot])
        case leaveGroup
        case partitionStopped(TopicPartition, reason: String)
        case quarantined(TopicPartition, offset: Int64, reason: String)
        case partitionGoesOn(TopicPartition)
        case sought(TopicPartition, SeekRecord)
        case registered(ticket: Int, succeeded: Bool)
        case loss(TopicPartition, reason: String, policy: LossPolicy)
        case destinationLoss(TopicPartition, reason: String, policy: DestinationLossPolicy)
        case gone(TopicPartition, position: Int64, reason: String)
        case trouble(lane: Int, String)
        /// After `stop`: nothing is held any more.
        case finished
    }

    package enum ReadingMode: Hashable, Sendable { case takeOver, secondLook }

    enum SlotState: Hashable {
        case reading(job: Int)
        /// Reading or claiming failed; read again then, and a second look stays one.
        case resting(until: Instant, ReadingMode)
        case claiming(lane: Int)
        case held(lane: Int)
        /// Somebody else claimed it from us. Left alone until the group says more, or for one session time-out.
        case ceded(until: Instant)
        /// A lane is giving it back for another lane of this process.
        case moving(lane: Int)
        /// Revoked; a lane is giving it back.
        case leaving
        /// Revoked while it was being read; gone when the reading has ended.
        case unreading(job: Int)
    }

    /// One reading under way.
    struct Reading: Hashable {
        let mode: ReadingMode
        /// Partitions that were registered when it began: they must have a position in their slot.
        let registered: Set<TopicPartition>
        var isCancelled = false
    }

    let laneCount: Int
    let sessionTimeoutMilliseconds: Int64
    /// Ids of this process's lanes: an owner among these is not foreign.
    let ownIDs: Set<String>
    let sourceClusterID: String

    var slots: [Slot: SlotState] = [:]
    var catalogue: Catalogue
    var readings: [Int: Reading] = [:]
    /// Partitions that were handed to a lane, or stopped, by slot.
    var given: [Slot: Set<TopicPartition>] = [:]
    /// Positions that a slot held for partitions which the catalogue does not show yet.
    var spare: [TopicPartition: Position] = [:]
    /// Registered partitions that no lane has, since what stands in their slots cannot be used.
    var unusable: [TopicPartition: Unusable] = [:]
    /// What each lane was last told of open requests to set positions.
    var seeksTold: [Int: [SeekOrder]] = [:]
    var replicaSets = ReplicaSets()
    /// The set of each slot's first partition.
    var slotSets: [Slot: Int] = [:]
    var lastJob = 0
    var failuresInARow = 0
    private var revoking: [Slot] = []
    private(set) var isStopping = false

    /// How long a release may take before it is abandoned.
    package static let releaseMilliseconds: Int64 = 5_000

    package init(
        laneCount: Int, sessionTimeoutMilliseconds: Int64, ownIDs: Set<String>, sourceClusterID: String,
        catalogue: Catalogue
    ) {
        self.laneCount = laneCount
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.ownIDs = ownIDs
        self.sourceClusterID = sourceClusterID
        self.catalogue = catalogue
    }

    /// The lane that holds slot 0, and with it the stewardship; `nil` when this process is not the steward.
    package var stewardLane: Int? {
        guard case .held(let lane) = slots[.steward] else { return nil }
        return lane
    }

    package var heldSlots: [Slot] {
        slots.filter { if case .held = $0.value { true } else { false } }.keys.sorted()
    }

    /// How many partitions this process has, or will have in a moment: those of slots that are read, claimed, or moved between
    /// its lanes count as well.
    package var ownPartitions: Int {
        var known = 0
        var awaited: Set<Slot> = []
        for (slot, state) in slots {
            switch state {
            case .reading: awaited.insert(slot)
            case .claiming, .held, .moving: known += given[slot]?.count ?? 0
            case .resting, .ceded, .leaving, .unreading: break
            }
        }
        guard !awaited.isEmpty else { return known }
        return known + catalogue.partitions.count { catalogue.slot(of: $0).map(awaited.contains) ?? false }
    }

    /// Whether every assigned slot is in a lane's hands.
    package var isSettled: Bool {
        slots.values.allSatisfy { if case .held = $0 { true } else { false } }
    }

    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        perform(event, at: now) + tellSeeks()
    }

    private mutating func perform(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .assigned(let assigned):
            // Failures while the group moved say nothing about what it has settled on.
            failuresInARow = 0
            return read(assigned, .takeOver)
        case .revoked(let revoked, let isLost):
            return revoke(revoked, isLost: isLost, at: now)
        case .slotsRead(let job, let contents):
            return noteRead(job, contents, at: now) + answerIfDone()
        case .slotsUnread(let job, _):
            return noteUnread(job, at: now) + answerIfDone()
        case .news(let lane, let news):
            return note(news, of: lane, at: now) + answerIfDone()
        case .catalogue(let newer):
            catalogue = newer
            noteSlotSets()
            return adoptRegistered()
        case .replicaSets(let sets):
            return note(sets, at: now)
        case .stop:
            isStopping = true
            return slots.isEmpty && readings.isEmpty ? [.leaveGroup, .finished] : [.leaveGroup]
        case .tick:
            return readRested(at: now)
        }
    }

    private mutating func note(_ news: LaneNews, of lane: Int, at now: Instant) -> [Action] {
        switch news {
        case .claimed(let claimed):
            for slot in claimed where slots[slot] == .claiming(lane: lane) { slots[slot] = .held(lane: lane) }
            failuresInARow = 0
            return adoptRegistered() + moveMisplaced(at: now)
        case .notClaimed(let refused, let reason):
            rest(refused.filter { slots[$0] == .claiming(lane: lane) }, .takeOver, at: now)
            return [.trouble(lane: lane, "slots not claimed: \(reason)")]
        case .released(let gone), .dropped(let gone):
            return notePutDown(gone, by: lane)
        case .unsure(let put, let reason):
            // A claim that did not begin leaves the owner of before, who is no rival: that one is taken over as at first.
            let claiming = put.filter { slots[$0] == .claiming(lane: lane) }
            let held = put.filter { slots[$0] == .held(lane: lane) }
            return [.trouble(lane: lane, "slots put down: \(reason)")] + read(claiming, .takeOver)
                + read(held, .secondLook)
        case .registered(let ticket, let succeeded):
            return [.registered(ticket: ticket, succeeded: succeeded)]
        case .partitionStopped(let source, let reason):
            return [.partitionStopped(source, reason: reason)]
        case .quarantined(let source, let offset, let reason):
            return [.quarantined(source, offset: offset, reason: reason)]
        case .loss(let source, let reason, let policy):
            return [.loss(source, reason: reason, policy: policy)]
        case .destinationLoss(let source, let reason, let policy):
            return [.destinationLoss(source, reason: reason, policy: policy)]
        case .gone(let source, let position, let reason):
            return [.gone(source, position: position, reason: reason)]
        case .partitionGoesOn(let source):
            return [.partitionGoesOn(source)]
        case .sought(let source, let answer):
            if answer.state == .applied { unusable[source] = nil }
            return [.sought(source, answer)]
        case .trouble(let reason):
            return [.trouble(lane: lane, reason)]
        case .stopped:
            return []
        }
    }

    // MARK: Revocation

    /// Lanes give back what they hold, readings end; the group is answered when nothing of it is left.
    private mutating func revoke(_ revoked: [Slot], isLost: Bool, at now: Instant) -> [Action] {
        precondition(revoking.isEmpty, "a revocation while another is not answered")
        revoking = revoked
        var actions: [Action] = []
        var byLane: [Int: [Slot]] = [:]
        for slot in revoked.sorted() {
            switch slots[slot] {
            case .claiming(let lane), .held(let lane):
                slots[slot] = .leaving
                byLane[lane, default: []].append(slot)
            case .moving(let lane):
                slots[slot] = .leaving
                // It is being released already: twice would be written over what its next owner writes.
                if isLost { byLane[lane, default: []].append(slot) }
            case .reading(let job):
                if readings[job]?.isCancelled == false {
                    readings[job]?.isCancelled = true
                    actions.append(.cancelReading(job: job))
                }
                slots[slot] = .unreading(job: job)
            case .resting, .ceded, .leaving, .unreading, nil:
                forget(slot)
            }
        }
        let deadline = now.advanced(milliseconds: Self.releaseMilliseconds)
        for (lane, leaving) in byLane.sorted(by: { $0.key < $1.key }) {
            actions.append(
                .order(lane: lane, isLost ? .drop(leaving) : .release(leaving, deadline: deadline)))
        }
        return actions + answerIfDone()
    }

    private mutating func answerIfDone() -> [Action] {
        guard !revoking.isEmpty, revoking.allSatisfy({ slots[$0] == nil }) else { return [] }
        let answered = revoking
        revoking = []
        let isFinished = isStopping && slots.isEmpty && readings.isEmpty
        return [.answerRevoke(answered)] + (isFinished ? [.finished] : [])
    }

    mutating func forget(_ slot: Slot) {
        slots[slot] = nil
        given[slot] = nil
        forgetUnusable(of: slot)
        spare = spare.filter { catalogue.slot(of: $0.key) != slot }
    }
}
