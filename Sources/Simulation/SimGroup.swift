import Model

/// The group coordinator at the destination: who is a member, in which generation, and who shall own which slot.
///
/// Cooperative: a slot that moves stays with its owner until that one has answered, and only then goes to the next.
final class SimGroup {
    private final class Entry {
        var owned: Set<Slot> = []
        var target: Set<Slot> = []
        var heardAt: Int64
        /// When it was told to give slots back; the group waits for the answer only so long.
        var revokingSince: Int64?

        init(heardAt: Int64) {
            self.heardAt = heardAt
        }
    }

    struct Change {
        let generation: Int
        let assigned: [Slot]
        let revoked: [Slot]
    }

    private let slotCount: Int
    private let sessionTimeout: Int64
    private let answerTimeout: Int64
    private var entries: [Int: Entry] = [:]
    private var lastID = 0
    private(set) var generation = 0
    private var isRebalanceDue = false

    /// - Parameters: times in microseconds.
    init(slotCount: Int, sessionTimeout: Int64, answerTimeout: Int64) {
        self.slotCount = slotCount
        self.sessionTimeout = sessionTimeout
        self.answerTimeout = answerTimeout
    }

    var memberIDs: [Int] { entries.keys.sorted() }

    /// Every slot is with the member that shall have it.
    var isBalanced: Bool {
        !isRebalanceDue && entries.values.allSatisfy { $0.owned == $0.target }
            && entries.values.reduce(0) { $0 + $1.owned.count } == slotCount
    }

    func join(at now: Int64) -> Int {
        lastID += 1
        entries[lastID] = Entry(heardAt: now)
        rebalance()
        return lastID
    }

    func leave(_ id: Int) {
        guard entries.removeValue(forKey: id) != nil else { return }
        rebalance()
    }

    /// The fence: only a member in the current generation may commit.
    func accepts(_ id: Int?, generation: Int) -> Bool {
        guard let id else { return false }
        return entries[id] != nil && generation == self.generation
    }

    /// A heartbeat, answered with what changed since `generation`; `nil` when the group does not know the member.
    func heartbeat(_ id: Int, generation: Int, at now: Int64) -> Change? {
        guard let entry = entries[id] else { return nil }
        entry.heardAt = now
        guard entry.revokingSince == nil, generation != self.generation else {
            return Change(generation: generation, assigned: [], revoked: [])
        }
        let revoked = entry.owned.subtracting(entry.target)
        if !revoked.isEmpty {
            entry.revokingSince = now
            return Change(generation: self.generation, assigned: [], revoked: revoked.sorted())
        }
        let taken = entries.values.reduce(into: Set<Slot>()) { $0.formUnion($1.owned) }
        let assigned = entry.target.subtracting(taken)
        entry.owned.formUnion(assigned)
        return Change(generation: self.generation, assigned: assigned.sorted(), revoked: [])
    }

    /// A member gave slots back and joins again.
    func answer(_ id: Int, released: [Slot]) {
        guard let entry = entries[id] else { return }
        entry.owned.subtract(released)
        entry.revokingSince = nil
        rebalance()
    }

    /// Ends the membership of whoever was not heard of for too long, or did not answer.
    func sweep(at now: Int64) {
        let silent = entries.filter { _, entry in
            now - entry.heardAt > sessionTimeout || entry.revokingSince.map { now - $0 > answerTimeout } == true
        }
        for id in silent.keys.sorted() { leave(id) }
    }

    /// A member begins to close: it keeps its generation until it has given everything back.
    func beginLeaving(_ id: Int, at now: Int64) -> Int? {
        entries[id]?.revokingSince = now
        return entries[id] == nil ? nil : generation
    }

    /// A new generation comes only when nobody is giving slots back: the group waits for the one who does.
    private func rebalance() {
        isRebalanceDue = true
        guard entries.values.allSatisfy({ $0.revokingSince == nil }) else { return }
        isRebalanceDue = false
        share()
    }

    /// A new generation: everyone keeps what it has up to its share, the rest goes to those with least.
    private func share() {
        generation += 1
        guard !entries.isEmpty else { return }
        let ids = memberIDs
        var free = Set((0..<Int32(slotCount)).map(Slot.init(_:)))
        let share = (slotCount + ids.count - 1) / ids.count
        var kept: [Int: Set<Slot>] = [:]
        for id in ids {
            kept[id] = Set((entries[id]?.owned ?? []).sorted().prefix(share))
            free.subtract(kept[id] ?? [])
        }
        for slot in free.sorted() {
            guard let least = ids.min(by: { (kept[$0]?.count ?? 0, $0) < (kept[$1]?.count ?? 0, $1) }) else { break }
            kept[least]?.insert(slot)
        }
        // Nobody may have two more than another.
        while let most = ids.max(by: { (kept[$0]?.count ?? 0) < (kept[$1]?.count ?? 0) }),
            let least = ids.min(by: { (kept[$0]?.count ?? 0, $0) < (kept[$1]?.count ?? 0, $1) }),
            (kept[most]?.count ?? 0) > (kept[least]?.count ?? 0) + 1, let moved = kept[most]?.max()
        {
            kept[most]?.remove(moved)
            kept[least]?.insert(moved)
        }
        for id in ids { entries[id]?.target = kept[id] ?? [] }
    }
}
