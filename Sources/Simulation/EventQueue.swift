/// What is going to happen, by virtual time in microseconds; of two at one time the earlier planned one is first.
struct EventQueue {
    private struct Event {
        let time: Int64
        let number: Int
        let body: () -> Void

        func isBefore(_ other: Event) -> Bool { time == other.time ? number < other.number : time < other.time }
    }

    /// A binary heap, the next event at its top.
    private var heap: [Event] = []
    private var planned = 0

    var nextTime: Int64? { heap.first?.time }

    mutating func plan(at time: Int64, _ body: @escaping () -> Void) {
        planned += 1
        heap.append(Event(time: time, number: planned, body: body))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> (time: Int64, body: () -> Void)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.body) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != parent else { return (first.time, first.body) }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    mutating func removeAll() {
        heap = []
    }
}
