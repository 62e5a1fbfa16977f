/// What the source promised to keep, by sequence.
package struct Ledger: Sendable, Equatable {
    /// A row of sequences without a gap: one a source partition, or one a key in the old formats.
    package struct Stream: Sendable, Equatable {
        /// The source said that it has these. In transactions: committed.
        package var acknowledged = IntervalSet()
        /// Sent in a transaction that was aborted: never to be seen.
        package var aborted = IntervalSet()
        /// Sequences `0 ..< sent` were handed to the source.
        package var sent: Int64 = 0

        package init() {}

        /// Sent without an answer, or with a failure: they may be there or not.
        package var unacknowledged: IntervalSet {
            IntervalSet(0..<sent).subtracting(acknowledged).subtracting(aborted)
        }
    }

    /// Index: the stream's number.
    package var streams: [Stream]
    /// The load may have gone on behind what is written here: what is beyond it is neither demanded nor forbidden.
    package var isOpen = false

    package init(streams: Int) {
        self.streams = Array(repeating: Stream(), count: streams)
    }

    /// Every one of `sent` sequences of each stream acknowledged.
    package init(streams: Int, allOf sent: Int64) {
        self.init(streams: streams)
        for index in self.streams.indices {
            self.streams[index].sent = sent
            self.streams[index].acknowledged = IntervalSet(0..<sent)
        }
    }

    package var acknowledgedCount: Int64 { streams.reduce(0) { $0 + $1.acknowledged.count } }
    package var abortedCount: Int64 { streams.reduce(0) { $0 + $1.aborted.count } }
    package var sentCount: Int64 { streams.reduce(0) { $0 + $1.sent } }
}
