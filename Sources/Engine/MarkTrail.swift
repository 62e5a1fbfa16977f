import Model

/// The mark of a recent acknowledged record of one partition. At most two reads that are not acknowledged yet are
/// marked at a time, so what it costs does not grow with the rate; the settled mark is at most one round behind.
struct MarkTrail: Hashable {
    private(set) var settled: RecordMark?
    private var older: RecordMark?
    private var newest: RecordMark?

    init(_ settled: RecordMark?) {
        self.settled = settled
    }

    mutating func note(_ mark: RecordMark) {
        if older == nil { older = mark } else { newest = mark }
    }

    /// Everything below `offset` is acknowledged.
    mutating func settle(below offset: Int64) {
        if let newest, newest.offset < offset {
            self = MarkTrail(newest)
        } else if let older, older.offset < offset {
            settled = older
            self.older = newest
            newest = nil
        }
    }
}
