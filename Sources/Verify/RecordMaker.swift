import Model

/// Makes the records of one topic of a plan: again and again the same ones.
///
/// How a record tells who it is: a value of at least 20 bytes begins with the *stamp*: partition (4 bytes, big endian),
/// sequence (8), and a tag (8) over seed, topic, partition and sequence, so that a stamp cannot be mistaken or forged
/// by chance. A record without that room (null, empty or short value) carries the stamp in a header `martlet-seq`.
/// The rest of a value is a stretch of one pool of made-up words, chosen by the record's own draw.
package struct RecordMaker: Sendable {
    package static let stampBytes = 20
    package static let stampHeader = Array("martlet-seq".utf8)
    private static let poolBytes = 1 << 20

    private let plan: LoadPlan
    private let topicSeed: UInt64
    private let pool: [UInt8]

    package init(plan: LoadPlan, topic: String) {
        self.plan = plan
        topicSeed = topic.utf8.reduce(SplitMix.scramble(plan.seed)) { SplitMix.scramble($0 ^ UInt64($1)) }
        pool = Self.words(seed: plan.seed, count: Self.poolBytes + plan.valueBytes.upperBound)
    }

    /// The choices of one record, drawn in a fixed order.
    struct Draw {
        enum Key { case null, empty, numbered(Int) }
        enum Value { case null, empty, bytes(count: Int, poolStart: Int) }
        let partition: Int32
        let sequence: Int64
        let tag: UInt64
        let key: Key
        let value: Value
        /// 0: none; else which of the header lists.
        let headers: Int
        let timestampMilliseconds: Int64

        /// Whether the stamp travels in a header.
        var needsStampHeader: Bool {
            if case .bytes(let count, _) = value { return count < RecordMaker.stampBytes }
            return true
        }
    }

    func draw(partition: Int32, sequence: Int64) -> Draw {
        let tag = tag(partition: partition, sequence: sequence)
        var random = SplitMix(tag)
        let key: Draw.Key =
            switch (random.isDrawn(permille: plan.keyedPermille), random.isDrawn(permille: plan.emptyKeyPermille)) {
            case (false, _): .null
            case (true, true): .empty
            case (true, false): .numbered(random.next(below: Int(plan.keyCount)))
            }
        let kind = random.next(below: 1_000)
        let value: Draw.Value
        if kind < plan.nullValuePermille {
            value = .null
        } else if kind < plan.nullValuePermille + plan.emptyValuePermille {
            value = .empty
        } else {
            let count = plan.valueBytes.lowerBound + random.next(below: plan.valueBytes.count)
            value = .bytes(count: count, poolStart: random.next(below: Self.poolBytes))
        }
        let headers = random.isDrawn(permille: plan.headersPermille) ? 1 + random.next(below: 4) : 0
        let scatter = Int64(random.next(below: 1_000))
        let timestamp =
            random.isDrawn(permille: plan.oddTimestampPermille)
            ? [0, 1, 86_400_000, plan.baseTimestampMilliseconds + 600_000][random.next(below: 4)]
            : plan.baseTimestampMilliseconds + sequence / 1_000 + scatter
        return Draw(
            partition: partition, sequence: sequence, tag: tag, key: key, value: value, headers: headers,
            timestampMilliseconds: timestamp)
    }

    func key(of draw: Draw) -> [UInt8]? {
        switch draw.key {
        case .null: nil
        case .empty: []
        case .numbered(let number): Array("key-\(number)".utf8)
        }
    }

    func value(of draw: Draw) -> [UInt8]? {
        guard case .bytes(let count, let poolStart) = draw.value else {
            if case .empty = draw.value { return [] }
            return nil
        }
        guard count >= Self.stampBytes else { return Array(pool[poolStart..<poolStart + count]) }
        var value: [UInt8] = []
        value.reserveCapacity(count)
        append(stampOf: draw, to: &value)
        value.append(contentsOf: pool[poolStart..<poolStart + count - Self.stampBytes])
        return value
    }

    func headers(of draw: Draw) -> [RecordHeader] {
        var headers = list(draw.headers, tag: draw.tag)
        if draw.needsStampHeader {
            var stamp: [UInt8] = []
            append(stampOf: draw, to: &stamp)
            headers.append(RecordHeader(name: Self.stampHeader, value: stamp))
        }
        return headers
    }

    private func list(_ number: Int, tag: UInt64) -> [RecordHeader] {
        let trace = RecordHeader("trace", Array(String(tag, radix: 16).utf8))
        let (null, empty) = (RecordHeader("null", nil), RecordHeader("empty", []))
        return switch number {
        case 0: []
        case 1: [trace]
        case 2: [RecordHeader("again", [49]), RecordHeader("again", [50])]
        case 3: [null, empty]
        default: [empty, trace, RecordHeader("again", [50]), null, RecordHeader("again", [49])]
        }
    }

    /// Whether `value` is what the plan says, without making it again.
    func isValue(_ value: [UInt8]?, of draw: Draw) -> Bool {
        switch (value, draw.value) {
        case (nil, .null): return true
        case (let value?, .empty): return value.isEmpty
        case (let value?, .bytes(let count, let poolStart)):
            guard value.count == count else { return false }
            let stamped = count >= Self.stampBytes ? Self.stampBytes : 0
            if stamped > 0 {
                guard let stamp = stamp(at: 0, in: value), stamp == (draw.partition, draw.sequence) else {
                    return false
                }
            }
            return Self.isSame(value, from: stamped, as: pool, from: poolStart)
        default: return false
        }
    }

    /// Which record this is by its own stamp; `nil` when it carries none of this plan and topic.
    func identify(value: [UInt8]?, headers: [RecordHeader]) -> (partition: Int32, sequence: Int64)? {
        if let value, let stamp = stamp(at: 0, in: value) { return stamp }
        for header in headers where header.name == Self.stampHeader {
            if let value = header.value, let stamp = stamp(at: 0, in: value) { return stamp }
        }
        return nil
    }

    private func tag(partition: Int32, sequence: Int64) -> UInt64 {
        let place = SplitMix.scramble(topicSeed ^ UInt64(UInt32(bitPattern: partition)))
        return SplitMix.scramble(place ^ UInt64(bitPattern: sequence))
    }

    private func append(stampOf draw: Draw, to bytes: inout [UInt8]) {
        Self.append(UInt32(bitPattern: draw.partition), to: &bytes)
        Self.append(UInt64(bitPattern: draw.sequence), to: &bytes)
        Self.append(draw.tag, to: &bytes)
    }

    private func stamp(at start: Int, in bytes: [UInt8]) -> (partition: Int32, sequence: Int64)? {
        guard bytes.count >= start + Self.stampBytes else { return nil }
        func word(_ range: Range<Int>) -> UInt64 { range.reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) } }
        let partition = Int32(bitPattern: UInt32(word(0..<4)))
        let sequence = Int64(bitPattern: word(4..<12))
        guard word(12..<20) == tag(partition: partition, sequence: sequence) else { return nil }
        return (partition, sequence)
    }

    private static func append(_ word: some FixedWidthInteger, to bytes: inout [UInt8]) {
        var shift = word.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    /// Compares the rest of `left` with a stretch of `right` as long. No early exit: the compiler makes wide loads of it.
    private static func isSame(_ left: [UInt8], from leftStart: Int, as right: [UInt8], from rightStart: Int) -> Bool {
        let count = left.count - leftStart
        let left = left.span.extracting(leftStart..<leftStart + count)
        let right = right.span.extracting(rightStart..<rightStart + count)
        var difference: UInt8 = 0
        for index in 0..<count { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// Text that compresses about as well as real text does: words of 2 to 9 letters out of a list of 512.
    private static func words(seed: UInt64, count: Int) -> [UInt8] {
        var random = SplitMix(seed)
        let list = (0..<512).map { _ in
            (0..<2 + random.next(below: 8)).map { _ in UInt8(97 + random.next(below: 26)) } + [32]
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 10)
        while bytes.count < count { bytes.append(contentsOf: list[random.next(below: list.count)]) }
        return bytes
    }
}
