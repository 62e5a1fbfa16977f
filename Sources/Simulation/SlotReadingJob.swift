import Engine
import Model
import Positions

/// A member reads slots: who owns them, fence who is not of this process, then the positions up to the true end.
/// Between the steps the world goes on.
final class SlotReadingJob {
    private unowned let world: SimWorld
    private unowned let member: SimMember
    private let job: Int
    private let slots: [Slot]
    private let mode: Coordinator.ReadingMode
    private let ownIDs: Set<String>
    private var marks: [Slot: Int64] = [:]
    /// How often the end of the slots is looked for again before the reading is given up.
    private var triesLeft = 30
    var isCancelled = false

    init(_ member: SimMember, _ job: Int, _ slots: [Slot], _ mode: Coordinator.ReadingMode) {
        world = member.world
        self.member = member
        self.job = job
        self.slots = slots
        self.mode = mode
        ownIDs = Set((0..<member.world.plan.laneCount).map(member.transactionalID(lane:)))
        next { $0.lookForOwners() }
    }

    private func next(after delay: ClosedRange<Int> = 300...20_000, _ step: @escaping (SlotReadingJob) -> Void) {
        member.later(delay) { [self] in
            if isCancelled || world.strikes(world.plan.faults.failReading) {
                end(.slotsUnread(job: job, reason: "cancelled, or it failed"))
            } else {
                step(self)
            }
        }
    }

    private func end(_ event: Coordinator.Event) {
        member.jobs[job] = nil
        member.tell(event)
    }

    private func lookForOwners() {
        guard mode == .takeOver else { return next(after: 300...1_000) { $0.look() } }
        var found = OwnersFound()
        for slot in slots { noteOwners(of: slot, in: &found) }
        let foreign = member.endedClaims.fencesWanted(found, ownIDs: ownIDs)
        // Fences take their time, each its own.
        next(after: 300...(foreign.isEmpty ? 1_000 : 300_000)) { $0.fence(foreign.sorted(), found) }
    }

    /// Every id that may have left something open: the last committed owner, and whoever tries to become it in a
    /// transaction that is not decided yet. One whose claim was aborted has left nothing, and may be alive.
    private func noteOwners(of slot: Slot, in found: inout OwnersFound) {
        let log = world.destination.log(.slot(slot))
        let stable = log.lastStableOffset
        for (offset, entry) in log.entries.enumerated() {
            guard case .ledger(let record) = entry.content, SlotKey(decoding: record.key) == .owner,
                let value = record.value
            else { continue }
            let owner = SlotOwner(decoding: value)
            if Int64(offset) >= stable {
                found.noteUndecided(owner)
            } else if entry.isCommitted {
                found.noteCommitted(owner, in: slot, at: Int64(offset))
            }
        }
    }

    /// A fence that finds a transaction open aborts it, and is made again half a second later: so does librdkafka.
    private func fence(_ ids: [String], _ found: OwnersFound) {
        let isBusy = ids.filter(world.fence)
        guard !isBusy.isEmpty else { return endClaims(of: ids, found) }
        next(after: 500_000...520_000) { job in
            for id in isBusy { _ = job.world.fence(id) }
            job.endClaims(of: ids, found)
        }
    }

    private func endClaims(of ids: [String], _ found: OwnersFound) {
        member.endedClaims.note(fenced: Set(ids), found)
        look()
    }

    private func look() {
        next { job in
            for slot in job.slots { job.marks[slot] = job.world.destination.log(.slot(slot)).highWatermark }
            job.readPositions()
        }
    }

    private func readPositions() {
        let isStable = slots.allSatisfy { slot in
            world.destination.log(.slot(slot)).lastStableOffset >= marks[slot] ?? 0
        }
        guard isStable else {
            triesLeft -= 1
            guard triesLeft > 0 else {
                member.endedClaims.forget(slots)
                return end(.slotsUnread(job: job, reason: "a transaction is still open"))
            }
            return next(after: 20_000...50_000) { $0.readPositions() }
        }
        let contents = slots.map(contents(of:))
        // Only where nobody else may hold them: the reader has them from the group's present generation.
        if mode == .takeOver, world.group.accepts(member.id, generation: member.generation) {
            world.trespassPerhaps(in: slots)
        }
        next { $0.end(.slotsRead(job: $0.job, contents)) }
    }

    private func contents(of slot: Slot) -> SlotContents {
        let mark = marks[slot] ?? 0
        var contents = SlotContents(slot: slot, mark: mark)
        for entry in world.destination.log(.slot(slot)).entries.prefix(Int(mark)) where entry.isCommitted {
            if case .ledger(let record) = entry.content { contents.apply(key: record.key, value: record.value) }
        }
        return contents
    }
}
