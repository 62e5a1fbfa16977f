/// The reads of one partition between being read and being acknowledged, oldest first.
///
/// Counts reads, not offsets: compaction, transactions and sampling leave holes in the offsets. Reports of a partition
/// come in the order of its sends, so settling looks at the front first; a search is the exception.
struct PartitionWindow {
    /// A ring of the offsets that follow each read; a settled one is stored as its complement, which is negative.
    private var ring: [Int64] = []
    private var head = 0
    private(set) var outstanding = 0
    private var held = 0
    /// The next offset to read after a crash: everything below is acknowledged.
    private(set) var resumeAt: Int64
    /// The next offset that the source will hand out.
    private(set) var readAt: Int64

    init(at offset: Int64) {
        resumeAt = offset
        readAt = offset
    }

    /// Notes a read that ends before `nextOffset`.
    mutating func open(nextOffset: Int64) {
        precondition(nextOffset > readAt, "read \(nextOffset) after \(readAt): the source went backwards")
        push(nextOffset)
        outstanding += 1
        readAt = nextOffset
    }

    private mutating func push(_ entry: Int64) {
        if held == ring.count { grow() }
        ring[(head + held) & (ring.count - 1)] = entry
        held += 1
    }

    /// The read that ends before `nextOffset` is acknowledged.
    mutating func settle(nextOffset: Int64) {
        var place = 0
        while place < held, ring[(head + place) & (ring.count - 1)] != nextOffset { place += 1 }
        precondition(place < held, "a report for offset \(nextOffset) that is not outstanding")
        ring[(head + place) & (ring.count - 1)] = ~nextOffset
        outstanding -= 1
        while held > 0, ring[head] < 0 {
            resumeAt = ~ring[head]
            head = (head + 1) & (ring.count - 1)
            held -= 1
        }
    }

    /// The read that ends before `nextOffset` came back undelivered: it is no longer outstanding and stays unsettled,
    /// so `resumeAt` cannot pass it.
    mutating func fail(nextOffset: Int64) {
        outstanding -= 1
        precondition(outstanding >= 0, "more reports than reads")
    }

    /// The source has nothing more below `offset`: what lies behind the last read are holes and control records. They
    /// count as a read that is acknowledged already, so the position moves over them in its turn.
    mutating func reachEnd(at offset: Int64) {
        guard offset > readAt else { return }
        readAt = offset
        if held == 0 { resumeAt = offset } else { push(~offset) }
    }

    /// Forgets every read and starts again at `offset`.
    mutating func rewind(to offset: Int64) {
        head = 0
        held = 0
        outstanding = 0
        resumeAt = offset
        readAt = offset
    }

    private mutating func grow() {
        var larger = [Int64](repeating: 0, count: max(64, ring.count * 2))
        for place in 0..<held { larger[place] = ring[(head + place) & (ring.count - 1)] }
        ring = larger
        head = 0
    }
}
