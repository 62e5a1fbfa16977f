import Model
import Positions

/// From an assigned slot to a claim: what was read decides where each partition goes on, or that it must not.
extension Coordinator {
    mutating func read(_ wanted: [Slot], _ mode: ReadingMode) -> [Action] {
        guard !wanted.isEmpty else { return [] }
        lastJob += 1
        let registered = catalogue.partitions.filter { source in
            catalogue.slot(of: source).map(wanted.contains) ?? false
        }
        readings[lastJob] = Reading(mode: mode, registered: Set(registered))
        for slot in wanted {
            slots[slot] = .reading(job: lastJob)
            given[slot] = []
            forgetUnusable(of: slot)
        }
        return [.readSlots(job: lastJob, wanted.sorted(), mode)]
    }

    mutating func noteRead(_ job: Int, _ contents: [SlotContents], at now: Instant) -> [Action] {
        guard let reading = readings[job], !reading.isCancelled else { return noteUnread(job, at: now) }
        readings[job] = nil
        var actions: [Action] = []
        var claims: [Int: [SlotClaim]] = [:]
        for content in contents where slots[content.slot] == .reading(job: job) {
            // A take-over has fenced a foreign owner by now. In a second look it means: the slot is another's.
            if reading.mode == .secondLook, isForeign(content.owner) {
                slots[content.slot] = .ceded(until: now.advanced(milliseconds: sessionTimeoutMilliseconds))
                continue
            }
            let (starts, refusals) = judge(content, registered: reading.registered)
            actions += refusals
            let lane = lightestLane(for: content.slot, besides: claims)
            slots[content.slot] = .claiming(lane: lane)
            claims[lane, default: []].append(SlotClaim(slot: content.slot, mark: content.mark, starts: starts))
        }
        return actions + claims.sorted { $0.key < $1.key }.map { .order(lane: $0.key, .claim($0.value)) }
    }

    /// A reading failed, or was cancelled since part of it was revoked: the rest is read again.
    mutating func noteUnread(_ job: Int, at now: Instant) -> [Action] {
        guard let reading = readings.removeValue(forKey: job) else { return [] }
        for (slot, state) in slots where state == .unreading(job: job) { forget(slot) }
        let rest = slots.filter { $0.value == .reading(job: job) }.keys.sorted()
        if reading.isCancelled { return read(rest, reading.mode) }
        self.rest(rest, reading.mode, at: now)
        return []
    }

    /// 100 ms before the next try, doubled with each failure in a row, 3 s at most.
    mutating func rest(_ resting: [Slot], _ mode: ReadingMode, at now: Instant) {
        guard !resting.isEmpty else { return }
        let milliseconds = min(3_000, Int64(100) << Int64(min(failuresInARow, 5)))
        failuresInARow += 1
        for slot in resting { slots[slot] = .resting(until: now.advanced(milliseconds: milliseconds), mode) }
    }

    mutating func readRested(at now: Instant) -> [Action] {
        var rested: [ReadingMode: [Slot]] = [:]
        for (slot, state) in slots {
            switch state {
            case .resting(let until, let mode) where now >= until: rested[mode, default: []].append(slot)
            case .ceded(let until) where now >= until: rested[.takeOver, default: []].append(slot)
            default: break
            }
        }
        return read(rested[.takeOver] ?? [], .takeOver) + read(rested[.secondLook] ?? [], .secondLook)
    }

    /// Registered partitions of held slots that no lane has yet. New ones begin where the catalogue says; what the slot
    /// held already, while this process's catalogue was behind, goes on where it was.
    mutating func adoptRegistered() -> [Action] {
        var adopted: [Int: [LaneStart]] = [:]
        for source in catalogue.partitions {
            guard let slot = catalogue.slot(of: source), case .held(let lane) = slots[slot],
                given[slot]?.contains(source) == false, let topic = catalogue.topics[source.topic]
            else { continue }
            given[slot]?.insert(source)
            let first = Position(
                offset: topic.starts[Int(source.partition)], cluster: sourceClusterID, to: source.topic, reached: -1,
                since: topic.since)
            adopted[lane, default: []].append(
                LaneStart(source: source, slot: slot, position: spare.removeValue(forKey: source) ?? first))
        }
        return adopted.sorted { $0.key < $1.key }.map { .order(lane: $0.key, .adopt($0.value)) }
    }

    // MARK: Judging what was read

    private func isForeign(_ owner: SlotOwner?) -> Bool {
        guard case .claimed(let transactionalID) = owner else { return false }
        return !ownIDs.contains(transactionalID)
    }

    /// Where each partition of a slot goes on. One whose position is missing, unreadable or from another cluster stops:
    /// never a guess.
    private mutating func judge(
        _ content: SlotContents, registered: Set<TopicPartition>
    ) -> (starts: [LaneStart], refusals: [Action]) {
        var starts: [LaneStart] = []
        var refusals: [Action] = []
        func refuse(_ source: TopicPartition, _ reason: String, holding position: Position? = nil) {
            refusals.append(.partitionStopped(source, reason: reason))
            given[content.slot]?.insert(source)
            unusable[source] = Unusable(slot: content.slot, position: position)
        }
        for (source, fault) in content.unreadable.sorted(by: { $0.key < $1.key }) {
            refuse(source, "its position in \(content.slot) cannot be used: \(fault)")
        }
        for (source, position) in content.positions.sorted(by: { $0.key < $1.key }) {
            if position.cluster != sourceClusterID {
                refuse(
                    source,
                    "its position is of source cluster \(position.cluster), and the source is \(sourceClusterID)",
                    holding: position)
            } else if catalogue.slot(of: source) == content.slot {
                starts.append(LaneStart(source: source, slot: content.slot, position: position))
                given[content.slot]?.insert(source)
            } else {
                spare[source] = position
            }
        }
        let missing = registered.filter { source in
            catalogue.slot(of: source) == content.slot && given[content.slot]?.contains(source) == false
        }
        for source in missing.sorted() {
            refuse(
                source,
                "the flow mirrors it, and \(content.slot) holds no position for it: it was lost; restore it with "
                    + "`martlet positions import`, or give it a place with `martlet positions set`")
        }
        return (starts, refusals)
    }

    /// Of the lanes that the slot may be in, the one with the fewest partitions, then with the fewest slots.
    private func lightestLane(for slot: Slot, besides claims: [Int: [SlotClaim]]) -> Int {
        var loads = [(partitions: Int, slots: Int)](repeating: (0, 0), count: laneCount)
        for (slot, state) in slots {
            guard case .held(let lane) = state else { continue }
            loads[lane].partitions += given[slot]?.count ?? 0
            loads[lane].slots += 1
        }
        for (lane, claimed) in claims {
            loads[lane].partitions += claimed.reduce(0) { $0 + $1.starts.count }
            loads[lane].slots += claimed.count
        }
        return lanes(for: slot).min { loads[$0] < loads[$1] } ?? 0
    }
}
