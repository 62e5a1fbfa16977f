import Model

/// Makes the records of one topic of a plan: again and again the same ones.
///
/// Records go round the streams in turn; a stream is a partition, in the old formats a key. The rest of a value, behind
/// what says which record it is, is a stretch of one pool of made-up words, chosen by the record's own draw.
package struct RecordMaker: Sendable {
    private static let poolBytes = 1 << 20

    let plan: LoadPlan
    let partitions: Int
    let clock: LoadClock
    let stampSource: StampSource
    let pool: [UInt8]
    private let keys: KeyRing
    private let id: [UInt8]
    private let contentSeed: UInt64

    /// - Parameters:
    ///   - topic: the source's: it decides the records, too.
    ///   - clock: knows when the load began; without it, records that hold their intended instants cannot be known.
    package init(plan: LoadPlan, topic: String, partitions: Int, clock: LoadClock? = nil) {
        self.plan = plan
        self.partitions = partitions
        self.clock = clock ?? LoadClock(pace: .unbounded, streams: plan.streams(partitions: partitions))
        stampSource = StampSource(topic: topic, plan: plan, isPaced: (clock?.pace.ratePerSecond ?? 0) > 0)
        contentSeed = SplitMix.scramble(plan.seed)
        keys = KeyRing(count: plan.format == .martlet ? plan.keyCount : 0, partitions: partitions)
        id = Array(plan.id.utf8)
        pool =
            switch plan.format {
            case .martlet: Self.words(seed: plan.seed, count: Self.poolBytes + plan.sizes.largest)
            case .body: Self.digits(count: min(plan.sizes.largest, LoadFormat.payloadMax))
            case .headers: []
            }
    }

    var streams: Int { clock.streams }

    /// The choices of one record, drawn in a fixed order.
    struct Draw {
        enum Key { case null, empty, numbered(Int), decimal(Int) }
        enum Value { case null, empty, bytes(count: Int, poolStart: Int), body(count: Int), zeros(count: Int) }
        let stream: Int32
        let sequence: Int64
        /// Where the record belongs.
        let partition: Int32
        let tag: UInt64
        let key: Key
        let value: Value
        /// 0: none; else which of the header lists.
        let headers: Int
        let timestampMilliseconds: Int64
        /// When it was meant to go, in the old format's body.
        let nanoseconds: Int64

        /// Whether the stamp travels in a header.
        var needsStampHeader: Bool {
            switch value {
            case .bytes(let count, _): count < Stamp.bytes
            case .null, .empty: true
            case .body, .zeros: false
            }
        }
    }

    func draw(stream: Int32, sequence: Int64) -> Draw {
        if plan.format != .martlet { return oldDraw(stream: stream, sequence: sequence) }
        let tag = stampSource.tag(partition: stream, sequence: sequence)
        var random = SplitMix(tag ^ contentSeed)
        let key: Draw.Key =
            switch (random.isDrawn(permille: plan.keyedPermille), random.isDrawn(permille: plan.emptyKeyPermille)) {
            case (false, _): .null
            case (true, true): .empty
            case (true, false): .numbered(keys.draw(&random, partition: Int(stream)))
            }
        let kind = random.next(below: 1_000)
        let value: Draw.Value
        if kind < plan.nullValuePermille {
            value = .null
        } else if kind < plan.nullValuePermille + plan.emptyValuePermille {
            value = .empty
        } else {
            value = .bytes(count: plan.sizes.draw(&random), poolStart: random.next(below: Self.poolBytes))
        }
        let headers = random.isDrawn(permille: plan.headersPermille) ? 1 + random.next(below: 4) : 0
        return Draw(
            stream: stream, sequence: sequence, partition: stream, tag: tag, key: key, value: value, headers: headers,
            timestampMilliseconds: timestamp(stream: stream, sequence: sequence, &random), nanoseconds: 0)
    }

    private func oldDraw(stream: Int32, sequence: Int64) -> Draw {
        var random = SplitMix(stampSource.tag(partition: stream, sequence: sequence) ^ contentSeed)
        let count = plan.sizes.draw(&random)
        let number = clock.number(stream: stream, sequence: sequence)
        let instant =
            clock.intendedWallNanoseconds(number: number) ?? plan.baseTimestampMilliseconds * 1_000_000 + number
        return Draw(
            stream: stream, sequence: sequence, partition: stream % Int32(partitions), tag: 0,
            key: .decimal(Int(stream)), value: plan.format == .body ? .body(count: count) : .zeros(count: count),
            headers: 0, timestampMilliseconds: instant / 1_000_000, nanoseconds: instant)
    }

    private func timestamp(stream: Int32, sequence: Int64, _ random: inout SplitMix) -> Int64 {
        if plan.timestamps == .intended,
            let instant = clock.intendedWallNanoseconds(number: clock.number(stream: stream, sequence: sequence))
        {
            return instant / 1_000_000
        }
        let scatter = Int64(random.next(below: 1_000))
        return random.isDrawn(permille: plan.oddTimestampPermille)
            ? [0, 1, 86_400_000, plan.baseTimestampMilliseconds + 600_000][random.next(below: 4)]
            : plan.baseTimestampMilliseconds + sequence / 1_000 + scatter
    }

    // MARK: The record itself

    func key(of draw: Draw) -> [UInt8]? {
        switch draw.key {
        case .null: nil
        case .empty: []
        case .numbered(let number): KeyRing.key(number)
        case .decimal(let number): Array(String(number).utf8)
        }
    }

    func value(of draw: Draw) -> [UInt8]? {
        switch draw.value {
        case .null: return nil
        case .empty: return []
        case .zeros(let count): return Array(repeating: 0, count: count)
        case .body(let count):
            var value = prefix(of: draw)
            let payload = min(max(0, count - value.count), LoadFormat.payloadMax)
            value.reserveCapacity(value.count + payload)
            value.append(contentsOf: pool[0..<payload])
            return value
        case .bytes(let count, let poolStart):
            guard count >= Stamp.bytes else { return Array(pool[poolStart..<poolStart + count]) }
            var value: [UInt8] = []
            value.reserveCapacity(count)
            stampSource.stamp(of: draw).append(to: &value)
            value.append(contentsOf: pool[poolStart..<poolStart + count - Stamp.bytes])
            return value
        }
    }

    func headers(of draw: Draw) -> [RecordHeader] {
        if plan.format == .headers {
            return [
                RecordHeader(name: LoadFormat.idHeader, value: id),
                RecordHeader(name: LoadFormat.sequenceHeader, value: Array(String(draw.sequence).utf8)),
            ]
        }
        var headers = list(draw.headers, tag: draw.tag)
        if draw.needsStampHeader {
            var stamp: [UInt8] = []
            stampSource.stamp(of: draw).append(to: &stamp)
            headers.append(RecordHeader(name: Stamp.header, value: stamp))
        }
        return headers
    }

    /// Key, value, headers' names and values.
    func bytes(of draw: Draw) -> Int {
        (key(of: draw)?.count ?? 0) + (value(of: draw)?.count ?? 0)
            + headers(of: draw).reduce(0) { $0 + $1.name.count + ($1.value?.count ?? 0) }
    }

    /// What stands before the payload in the old format's body.
    func prefix(of draw: Draw) -> [UInt8] {
        id + Array(";\(draw.sequence);\(draw.nanoseconds);".utf8)
    }

    /// The old tool's payload.
    private static func digits(count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "0") + UInt8($0 % 10) } }

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
