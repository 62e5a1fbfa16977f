import Model

/// What `HoldRoom` knows of its records without holding them: numbers of places in which they stand. It is apart because it
/// is not generic, so it is compiled once and well: that makes it many times faster.
struct HoldQueues {
    private struct Link {
        var due: Instant
        var bytes: Int
        var next: Int
    }

    private struct Queue {
        var first = none
        var last = none
        var count = 0
        var bytes = 0
        /// Of the last record that came: none behind it goes earlier.
        var lastDue: Instant?
        /// The place in the heap.
        var place = none
        /// Grows with each first record, so that of two that are due together the one that waits longer goes first.
        var turn: UInt64 = 0
        var isOpen = false
        var isPaused = false
        var isToldPaused = false
        var isAmongChanges = false
    }

    private static let none = -1

    private let countMax: Int
    private let bytesMax: Int
    private var links: [Link] = []
    private var free = HoldQueues.none
    private var queues: [Queue] = []
    /// Partitions with records; the first one's first record is due first.
    private var heap: [Int] = []
    private var changes: [Int] = []
    private var openCount = 0
    private var turns: UInt64 = 0

    private(set) var count = 0
    private(set) var bytes = 0
    /// Records that were due before the one in front of them in their partition.
    private(set) var outOfOrderCount = 0

    init(countMax: Int, bytesMax: Int) {
        self.countMax = max(countMax, 1)
        self.bytesMax = max(bytesMax, 1)
        links.reserveCapacity(min(self.countMax, 1 << 16))
    }

    var earliestDue: Instant? { heap.isEmpty ? nil : due(heap[0]) }

    /// Of each partition that holds records, where its first one stands.
    var firstPlaces: [Int] { heap.map { queues[$0].first } }

    func count(of partition: Int) -> Int { queues.indices.contains(partition) ? queues[partition].count : 0 }

    /// The part of the room that one partition has for itself.
    private var countPart: Int { max(countMax / max(openCount, 1), 1) }
    private var bytesPart: Int { max(bytesMax / max(openCount, 1), 1) }

    // MARK: Partitions

    mutating func open(_ partition: Int) {
        while queues.count <= partition { queues.append(Queue()) }
        guard !queues[partition].isOpen else { return }
        queues[partition] = Queue(isOpen: true, isAmongChanges: queues[partition].isAmongChanges)
        openCount += 1
        checkAll()
    }

    /// What the partition holds has been taken.
    mutating func reset(_ partition: Int) {
        queues[partition].lastDue = nil
        check(partition)
    }

    mutating func close(_ partition: Int) {
        queues[partition].isOpen = false
        queues[partition].isPaused = false
        queues[partition].isToldPaused = false
        openCount -= 1
        checkAll()
    }

    func isOpen(_ partition: Int) -> Bool { queues.indices.contains(partition) && queues[partition].isOpen }

    /// The place of the partition's first record, due or not, which no longer waits.
    mutating func takeFirst(of partition: Int) -> Int? {
        if queues[partition].place != Self.none { removeFromHeap(partition) }
        return removeFirst(partition)
    }

    // MARK: Records

    /// The place in which a partition's last record is to stand: one that was free, or the next one behind all.
    mutating func append(to partition: Int, due: Instant, bytes size: Int) -> Int {
        precondition(isOpen(partition), "a partition that was not opened")
        var due = due
        if let last = queues[partition].lastDue, due < last {
            outOfOrderCount += 1
            due = last
        }
        let index = newLink(Link(due: due, bytes: size, next: Self.none))
        let last = queues[partition].last
        if last == Self.none { queues[partition].first = index } else { links[last].next = index }
        queues[partition].last = index
        queues[partition].lastDue = due
        queues[partition].count += 1
        queues[partition].bytes += size
        count += 1
        bytes += size
        if last == Self.none { addToHeap(partition) }
        check(partition)
        return index
    }

    /// The partition, place and due instant of the first record that is due by then, which no longer waits.
    mutating func popFirst(dueBy horizon: Instant) -> (partition: Int, index: Int, due: Instant)? {
        guard !heap.isEmpty else { return nil }
        let partition = heap[0]
        let due = due(partition)
        guard due <= horizon, let index = removeFirst(partition) else { return nil }
        if queues[partition].first == Self.none {
            removeFromHeap(partition)
        } else {
            queues[partition].turn = nextTurn()
            siftDown(0)
        }
        check(partition)
        return (partition, index, due)
    }

    /// The partition and place of the first record that is due by then, which waits on.
    func first(dueBy horizon: Instant) -> (partition: Int, index: Int)? {
        guard let partition = heap.first, due(partition) <= horizon else { return nil }
        return (partition, queues[partition].first)
    }

    mutating func postponeFirst(of partition: Int, until due: Instant) {
        let (index, place) = (queues[partition].first, queues[partition].place)
        guard index != Self.none, place != Self.none else { return }
        links[index].due = max(links[index].due, due)
        siftDown(place)
    }

    /// Everything that waits is due at another instant, as after a change of the plan. Records are asked for in the order
    /// of their partition, one partition after the other.
    mutating func reschedule(_ newDue: (_ partition: Int, _ index: Int) -> Instant) {
        for partition in 0..<queues.count {
            var last: Instant?
            var index = queues[partition].first
            while index != Self.none {
                let due = newDue(partition, index)
                let kept = last.map { max($0, due) } ?? due
                links[index].due = kept
                last = kept
                index = links[index].next
            }
            // What went already was due by another plan.
            queues[partition].lastDue = last
        }
        for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(place) }
    }

    private mutating func removeFirst(_ partition: Int) -> Int? {
        let index = queues[partition].first
        guard index != Self.none else { return nil }
        let link = links[index]
        queues[partition].first = link.next
        if link.next == Self.none { queues[partition].last = Self.none }
        queues[partition].count -= 1
        queues[partition].bytes -= link.bytes
        count -= 1
        bytes -= link.bytes
        links[index].next = free
        free = index
        return index
    }

    private mutating func newLink(_ link: Link) -> Int {
        guard free != Self.none else {
            links.append(link)
            return links.count - 1
        }
        let index = free
        free = links[index].next
        links[index] = link
        return index
    }

    // MARK: Pausing

    /// A partition that is to be paused, or resumed, and has not been told so. Resumed is only what has half of its part
    /// left, so that a consumer is not told at each record.
    mutating func nextChange() -> (partition: Int, isPaused: Bool)? {
        while !changes.isEmpty {
            let partition = changes.removeLast()
            queues[partition].isAmongChanges = false
            guard queues[partition].isOpen, queues[partition].isPaused != queues[partition].isToldPaused else {
                continue
            }
            queues[partition].isToldPaused = queues[partition].isPaused
            return (partition, queues[partition].isPaused)
        }
        return nil
    }

    private mutating func check(_ partition: Int) {
        let queue = queues[partition]
        if queue.count >= countPart || queue.bytes >= bytesPart {
            queues[partition].isPaused = true
        } else if queue.count <= countPart / 2, queue.bytes <= bytesPart / 2 {
            queues[partition].isPaused = false
        }
        guard queues[partition].isPaused != queue.isToldPaused, !queue.isAmongChanges else { return }
        queues[partition].isAmongChanges = true
        changes.append(partition)
    }

    private mutating func checkAll() {
        for partition in 0..<queues.count where queues[partition].isOpen { check(partition) }
    }

    // MARK: The heap

    private func due(_ partition: Int) -> Instant { links[queues[partition].first].due }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (leftDue, rightDue) = (due(left), due(right))
        return leftDue == rightDue ? queues[left].turn < queues[right].turn : leftDue < rightDue
    }

    private mutating func nextTurn() -> UInt64 {
        turns &+= 1
        return turns
    }

    private mutating func addToHeap(_ partition: Int) {
        queues[partition].turn = nextTurn()
        heap.append(partition)
        queues[partition].place = heap.count - 1
        siftUp(heap.count - 1)
    }

    /// The partition may have no record any more; it is not looked at.
    private mutating func removeFromHeap(_ partition: Int) {
        let place = queues[partition].place
        queues[partition].place = Self.none
        let moved = heap.removeLast()
        guard moved != partition else { return }
        heap[place] = moved
        queues[moved].place = place
        siftUp(place)
        siftDown(queues[moved].place)
    }

    private mutating func siftUp(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard isBefore(heap[place], heap[parent]) else { return }
            exchange(place, parent)
            place = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        while true {
            var least = place
            let (left, right) = (2 * place + 1, 2 * place + 2)
            if left < heap.count, isBefore(heap[left], heap[least]) { least = left }
            if right < heap.count, isBefore(heap[right], heap[least]) { least = right }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        queues[heap[left]].place = left
        queues[heap[right]].place = right
    }
}
