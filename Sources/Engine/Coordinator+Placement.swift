import Model
import Positions

/// Which partitions have their replicas on the same brokers of the destination: a set, told by a number.
///
/// Numbers stay: a set that is met later comes after those of before.
package struct ReplicaSets: Hashable, Sendable {
    /// By source partition.
    package private(set) var numbers: [TopicPartition: Int] = [:]
    private var known: [Set<Int32>] = []

    package init() {}

    package var count: Int { known.count }

    /// - Parameter replicas: broker ids; where none are known, nothing is noted.
    package mutating func note(_ source: TopicPartition, on replicas: [Int32]) {
        guard !replicas.isEmpty else { return }
        let set = Set(replicas)
        if let number = known.firstIndex(of: set) {
            numbers[source] = number
        } else {
            numbers[source] = known.count
            known.append(set)
        }
    }
}

/// With exactly-once a broker that dies holds up every lane that has sent to a partition with a replica there: its open
/// transaction can be neither committed nor aborted before the controller has fenced the broker. So, where a process
/// has several lanes, each gets the partitions of its own sets of brokers, and the lanes without the dead one go on.
extension Coordinator {
    /// The lanes that a slot may be in. One with partitions of several sets goes by its first.
    func lanes(for slot: Slot) -> [Int] {
        guard replicaSets.count > 1, let number = slotSets[slot] else { return Array(0..<laneCount) }
        guard laneCount > replicaSets.count else { return [number % laneCount] }
        return (0..<laneCount).filter { $0 % replicaSets.count == number }
    }

    mutating func note(_ sets: ReplicaSets, at now: Instant) -> [Action] {
        replicaSets = sets
        noteSlotSets()
        return moveMisplaced(at: now)
    }

    /// To be called when the catalogue is another, too.
    mutating func noteSlotSets() {
        slotSets = [:]
        guard replicaSets.count > 1 else { return }
        for source in catalogue.partitions.reversed() {
            guard let slot = catalogue.slot(of: source), let number = replicaSets.numbers[source] else { continue }
            slotSets[slot] = number
        }
    }

    /// Has slots released whose lane is not theirs; they are then read and claimed like any other.
    mutating func moveMisplaced(at now: Instant) -> [Action] {
        guard laneCount > 1, replicaSets.count > 1, !isStopping else { return [] }
        var leaving: [Int: [Slot]] = [:]
        for slot in heldSlots {
            guard case .held(let lane) = slots[slot], !lanes(for: slot).contains(lane) else { continue }
            slots[slot] = .moving(lane: lane)
            leaving[lane, default: []].append(slot)
        }
        let deadline = now.advanced(milliseconds: Self.releaseMilliseconds)
        return leaving.sorted { $0.key < $1.key }.map { lane, slots in
            .order(lane: lane, .release(slots, deadline: deadline))
        }
    }

    /// Slots that a lane has put down: gone when they were revoked, else on their way to another lane.
    mutating func notePutDown(_ gone: [Slot], by lane: Int) -> [Action] {
        for slot in gone where slots[slot] == .leaving { forget(slot) }
        return read(gone.filter { slots[$0] == .moving(lane: lane) }, .takeOver)
    }
}
