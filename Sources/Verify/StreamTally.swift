import Model

/// What can be told of arriving records without a ledger, by what they say of themselves: exactly which sequences of
/// each (load, key) are missing below the highest, which came twice, which came late.
///
/// What it cannot tell: a lost tail, and a stream that is lost whole. That takes the ledger.
package struct StreamTally: Sendable {
    package struct Counts: Sendable, Equatable {
        package var consumed: Int64 = 0
        package var bytes: Int64 = 0
        /// One past the highest of its stream.
        package var inOrder: Int64 = 0
        /// The highest of its stream once more.
        package var same: Int64 = 0
        /// Below the highest of its stream, for the first time or again.
        package var old: Int64 = 0
        /// Sequences that were jumped over. Those of them that come later count as ``old``, too.
        package var skipped: Int64 = 0
        package var duplicated: Int64 = 0
        package var reordered: Int64 = 0
        /// Jumped over, and not there up to now.
        package var missing: Int64 = 0
        /// Records that say nothing of themselves in any format.
        package var strangers: Int64 = 0

        package init() {}

        package mutating func add(_ other: Counts) {
            for field in [\.consumed, \.bytes, \.inOrder, \.same, \.old] as [WritableKeyPath<Counts, Int64>] {
                self[keyPath: field] += other[keyPath: field]
            }
            for field in [\.skipped, \.duplicated, \.reordered, \.missing, \.strangers]
                as [WritableKeyPath<Counts, Int64>]
            {
                self[keyPath: field] += other[keyPath: field]
            }
        }
    }

    /// Sequences of one stream that are missing.
    package struct Gap: Sendable, Codable, Equatable {
        /// The id of an old format's producer, or our own load's mark.
        package var load: String
        /// The key, or for our own format the source partition.
        package var stream: Int64
        package var first: Int64
        package var last: Int64
    }

    private enum LoadName: Hashable { case mark(UInt32), id([UInt8]) }

    private struct Name: Hashable {
        let load: LoadName
        let stream: Int64
    }

    private struct Track {
        let name: Name
        /// Where counting begins.
        let base: Int64
        var highest: Int64
        var seen = IntervalSet()
    }

    private let topic: TopicSeed
    private let fromBeginning: Bool
    private var indices: [Name: Int] = [:]
    private var tracks: [Track] = []
    package private(set) var counts = Counts()

    /// - Parameters:
    ///   - sourceTopic: the topic that the records were made for.
    ///   - fromBeginning: whether every stream is expected from its sequence 0, or from the first that is seen.
    package init(sourceTopic: String, fromBeginning: Bool) {
        topic = TopicSeed(sourceTopic)
        self.fromBeginning = fromBeginning
    }

    package var streams: Int { tracks.count }

    /// The first gaps of each stream.
    package func gaps(upTo limit: Int) -> [Gap] {
        var gaps: [Gap] = []
        for track in tracks where gaps.count < limit {
            let whole = IntervalSet(track.base..<track.highest + 1)
            let load =
                switch track.name.load {
                case .mark(let mark): String(mark, radix: 16)
                case .id(let id): String(decoding: id, as: UTF8.self)
                }
            for range in whole.subtracting(track.seen).ranges.prefix(limit - gaps.count) {
                gaps.append(
                    Gap(
                        load: load, stream: track.name.stream, first: range.lowerBound, last: range.upperBound - 1))
            }
        }
        return gaps
    }

    /// - Returns: when the record was meant to be sent, in nanoseconds since 1970, if it says so and is no duplicate.
    @discardableResult
    package mutating func observe(_ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?) -> Int64? {
        counts.consumed += 1
        counts.bytes += Int64((key?.count ?? 0) + (value?.count ?? 0))
        guard let word = read(arrival, key: key, value: value) else {
            counts.strangers += 1
            return nil
        }
        guard note(word.sequence, of: word.name) else { return nil }
        return word.intendedNanoseconds
    }

    /// What a record says of itself.
    private struct Word {
        let name: Name
        let sequence: Int64
        let intendedNanoseconds: Int64?
    }

    private func read(_ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?) -> Word? {
        let ofTimestamp = arrival.timestampMilliseconds * 1_000_000
        if let stamp = stamp(arrival, value) {
            return Word(
                name: Name(load: .mark(stamp.mark), stream: Int64(stamp.partition)), sequence: stamp.sequence,
                intendedNanoseconds: stamp.saysWhenIntended ? ofTimestamp : nil)
        }
        guard let key, let stream = Decimal.parse(key) else { return nil }
        var mark = OldMark(headers: arrival.headers)
        if mark == nil, let value { mark = OldMark(body: value) }
        guard let mark, mark.sequence < Stamp.sequencesMax else { return nil }
        return Word(
            name: Name(load: .id(mark.id), stream: stream), sequence: mark.sequence,
            intendedNanoseconds: mark.nanoseconds ?? ofTimestamp)
    }

    private func stamp(_ arrival: Arrival, _ value: Span<UInt8>?) -> Stamp? {
        if let value, let stamp = Stamp(at: value, of: topic) { return stamp }
        for header in arrival.headers where header.name == Stamp.header {
            if let bytes = header.value, let stamp = Stamp(at: bytes.span, of: topic) { return stamp }
        }
        return nil
    }

    /// - Returns: whether it is the sequence's first appearance.
    private mutating func note(_ sequence: Int64, of name: Name) -> Bool {
        let index = index(of: name, first: sequence)
        let highest = tracks[index].highest
        guard tracks[index].seen.insert(sequence) else {
            counts.duplicated += 1
            if sequence == highest { counts.same += 1 } else { counts.old += 1 }
            return false
        }
        if sequence > highest {
            let gap = sequence - highest - 1
            if gap == 0 { counts.inOrder += 1 }
            counts.skipped += gap
            counts.missing += gap
            tracks[index].highest = sequence
        } else {
            counts.old += 1
            counts.reordered += 1
            if sequence >= tracks[index].base { counts.missing -= 1 }
        }
        return true
    }

    private mutating func index(of name: Name, first: Int64) -> Int {
        if let index = indices[name] { return index }
        let base = fromBeginning ? 0 : first
        tracks.append(Track(name: name, base: base, highest: base - 1))
        indices[name] = tracks.count - 1
        return tracks.count - 1
    }
}
