/// How a record of our own format says which one it is: 24 bytes at the front of its value, or, where that has no room
/// (null, empty or short values), in a header `martlet-seq`.
///
/// All big endian: partition (4), sequence (8), the load's mark (4), and a tag (8) over these and the topic, so that a
/// stamp cannot be mistaken, and that somebody who knows nothing but the topic's name can read it.
struct Stamp: Equatable {
    static let bytes = 24
    static let header = Array("martlet-seq".utf8)

    /// No load has so many records a stream; a forged record may say so, and must not make anything overflow.
    static let sequencesMax: Int64 = 1 << 40

    let partition: Int32
    let sequence: Int64
    /// Tells loads apart. Its lowest bit says that the timestamps are the intended instants of sending.
    let mark: UInt32
    let tag: UInt64

    var saysWhenIntended: Bool { mark & 1 == 1 }

    init(partition: Int32, sequence: Int64, mark: UInt32, tag: UInt64) {
        self.partition = partition
        self.sequence = sequence
        self.mark = mark
        self.tag = tag
    }

    /// `nil` where there is none, or none of this topic.
    init?(at front: Span<UInt8>, of topic: TopicSeed) {
        guard front.count >= Self.bytes else { return nil }
        let front = front.extracting(first: Self.bytes)
        func word(_ range: Range<Int>) -> UInt64 {
            var word: UInt64 = 0
            for index in range { word = word << 8 | UInt64(front[index]) }
            return word
        }
        partition = Int32(bitPattern: UInt32(truncatingIfNeeded: word(0..<4)))
        sequence = Int64(bitPattern: word(4..<12))
        mark = UInt32(truncatingIfNeeded: word(12..<16))
        tag = word(16..<24)
        guard (0..<Self.sequencesMax).contains(sequence),
            tag == topic.tag(mark: mark, partition: partition, sequence: sequence)
        else { return nil }
    }

    func append(to bytes: inout [UInt8]) {
        Self.append(UInt32(bitPattern: partition), to: &bytes)
        Self.append(UInt64(bitPattern: sequence), to: &bytes)
        Self.append(mark, to: &bytes)
        Self.append(tag, to: &bytes)
    }

    private static func append(_ word: some FixedWidthInteger, to bytes: inout [UInt8]) {
        var shift = word.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
}

/// A topic's name as one word.
struct TopicSeed: Sendable, Equatable {
    private let word: UInt64

    init(_ topic: String) {
        word = topic.utf8.reduce(0x6d61_7274_6c65_7431) { SplitMix.scramble($0 ^ UInt64($1)) }
    }

    func tag(mark: UInt32, partition: Int32, sequence: Int64) -> UInt64 {
        let place = SplitMix.scramble(word ^ UInt64(mark) << 32 ^ UInt64(UInt32(bitPattern: partition)))
        return SplitMix.scramble(place ^ UInt64(bitPattern: sequence))
    }
}

/// The stamps of one load in one topic.
struct StampSource: Sendable {
    let topic: TopicSeed
    let mark: UInt32

    init(topic: String, plan: LoadPlan, isPaced: Bool) {
        self.topic = TopicSeed(topic)
        let saysWhenIntended: UInt32 = plan.timestamps == .intended && isPaced ? 1 : 0
        mark = UInt32(truncatingIfNeeded: SplitMix.scramble(plan.seed) >> 32) & ~1 | saysWhenIntended
    }

    func tag(partition: Int32, sequence: Int64) -> UInt64 {
        topic.tag(mark: mark, partition: partition, sequence: sequence)
    }

    func stamp(of draw: RecordMaker.Draw) -> Stamp {
        Stamp(partition: draw.partition, sequence: draw.sequence, mark: mark, tag: draw.tag)
    }
}
