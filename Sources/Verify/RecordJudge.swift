import Model

/// What the judge compares a topic with: one load that went there.
package struct JudgedLoad: Sendable {
    package let plan: LoadPlan
    /// The topic that the records were made for.
    package let sourceTopic: String
    /// Of the source topic.
    package let partitions: Int
    /// When the load began: for latencies, and for records that hold their intended instants.
    package let clock: LoadClock?

    package init(plan: LoadPlan, sourceTopic: String, partitions: Int, clock: LoadClock? = nil) {
        self.plan = plan
        self.sourceTopic = sourceTopic
        self.partitions = partitions
        self.clock = clock
    }

    /// By stream, those of its acknowledged records whose key, value and headers have more than so many bytes together.
    package func sequences(of ledger: Ledger, above bytes: Int) -> [IntervalSet] {
        let maker = RecordMaker(plan: plan, topic: sourceTopic, partitions: partitions, clock: clock)
        return ledger.streams.enumerated().map { stream, kept in
            var large = IntervalSet()
            for sequence in kept.acknowledged.ranges.joined()
            where maker.bytes(of: maker.draw(stream: Int32(stream), sequence: sequence)) > bytes {
                large.insert(sequence)
            }
            return large
        }
    }
}

/// One record as the destination has it, in memory of its own.
package struct ObservedRecord: Sendable {
    package var partition: Int32
    package var offset: Int64
    package var timestampMilliseconds: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [RecordHeader]

    package init(
        partition: Int32, offset: Int64, timestampMilliseconds: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [RecordHeader]
    ) {
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A record without its key and value, which are borrowed and travel beside it.
package struct Arrival: Sendable {
    package var partition: Int32
    package var offset: Int64
    package var timestampMilliseconds: Int64
    package var headers: [RecordHeader]

    package init(partition: Int32, offset: Int64, timestampMilliseconds: Int64, headers: [RecordHeader]) {
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.headers = headers
    }
}

/// Compares what arrives with what the plans say. Knows no Kafka and no clock: records in, findings out.
///
/// Memory: an interval set a stream, and the first findings of each kind.
package struct RecordJudge: Sendable {
    /// How many findings of each kind are located; the others are counted.
    static let locatedMax = 20
    /// How far beyond the next expected sequences of a partition a record that lost its stamp is looked for.
    private static let guessReach: Int64 = 64

    /// One load, and what was seen of it.
    struct Source: Sendable {
        let maker: RecordMaker
        /// Index: the stream.
        var seen: [IntervalSet]
        /// Seen, though aborted on purpose.
        var abortedSeen: [IntervalSet]
        /// The highest sequence seen where it belongs: one that is misplaced says nothing of the order.
        var highest: [Int64]
    }

    /// A record of a load that appeared for the first time.
    package struct Sighting: Sendable, Equatable {
        /// Index of the load.
        package let load: Int
        package let stream: Int32
        package let sequence: Int64
    }

    private(set) var sources: [Source]
    let topic: String
    private(set) var counts = Verdict.Counts()
    private(set) var findings: [Finding] = []
    private var located: [Finding.Kind: Int] = [:]

    /// - Parameter topic: where they are judged: its name appears in findings.
    package init(loads: [JudgedLoad], topic: String) {
        self.topic = topic
        sources = loads.map { load in
            let maker = RecordMaker(
                plan: load.plan, topic: load.sourceTopic, partitions: load.partitions, clock: load.clock)
            let none = Array(repeating: IntervalSet(), count: maker.streams)
            return Source(
                maker: maker, seen: none, abortedSeen: none, highest: Array(repeating: -1, count: maker.streams))
        }
    }

    package init(plan: LoadPlan, sourceTopic: String, topic: String, partitions: Int) {
        self.init(
            loads: [JudgedLoad(plan: plan, sourceTopic: sourceTopic, partitions: partitions)], topic: topic)
    }

    package var received: Int64 { counts.received }
    package var duplicated: Int64 { counts.duplicated }

    /// The partition that a stream's records belong in.
    func partition(ofStream stream: Int, load: Int) -> Int { stream % sources[load].maker.partitions }

    @discardableResult
    package mutating func observe(_ record: ObservedRecord) -> Sighting? {
        let arrival = Arrival(
            partition: record.partition, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
            headers: record.headers)
        return Self.borrow(record.key) { key in
            Self.borrow(record.value) { value in observe(arrival, key: key, value: value) }
        }
    }

    private static func borrow<R>(_ bytes: [UInt8]?, _ body: (Span<UInt8>?) -> R) -> R {
        guard let bytes else { return body(nil) }
        return body(bytes.span)
    }

    /// Judges the next record of a destination partition. Within a partition, call in the order of the offsets.
    ///
    /// - Returns: which record it is, if this is its first appearance.
    @discardableResult
    package mutating func observe(_ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?) -> Sighting? {
        counts.received += 1
        guard let (load, draw) = recognise(arrival, key: key, value: value) else {
            counts.unexpected += 1
            note(.unexpected, at: arrival)
            return nil
        }
        compare(arrival, key: key, value: value, load, draw)
        let stream = Int(draw.stream)
        guard sources[load].seen[stream].insert(draw.sequence) else {
            counts.duplicated += 1
            note(.duplicated, at: arrival, load, draw)
            return nil
        }
        let maker = sources[load].maker
        if maker.plan.isAborted(number: maker.clock.number(stream: draw.stream, sequence: draw.sequence)) {
            sources[load].abortedSeen[stream].insert(draw.sequence)
            note(.aborted, at: arrival, load, draw)
        }
        if draw.partition != arrival.partition {
            counts.misplaced += 1
            note(.misplaced, at: arrival, load, draw, homePartition: draw.partition)
        } else if draw.sequence < sources[load].highest[stream] {
            counts.reordered += 1
            note(.reordered, at: arrival, load, draw)
        } else {
            sources[load].highest[stream] = draw.sequence
        }
        return Sighting(load: load, stream: draw.stream, sequence: draw.sequence)
    }

    /// The plan's record that this is: by its own word, or, when that is damaged, the next one expected here that agrees
    /// in timestamp, key, and one of headers and value.
    private func recognise(
        _ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?
    ) -> (load: Int, draw: RecordMaker.Draw)? {
        for load in sources.indices {
            let place = sources[load].maker.identify(
                key: key, value: value, headers: arrival.headers, timestamp: arrival.timestampMilliseconds)
            if let place {
                return (load, sources[load].maker.draw(stream: place.stream, sequence: place.sequence))
            }
        }
        for load in sources.indices {
            if let draw = guess(arrival, key: key, value: value, of: sources[load]) { return (load, draw) }
        }
        return nil
    }

    private func guess(
        _ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?, of source: Source
    ) -> RecordMaker.Draw? {
        let maker = source.maker
        let homed = stride(from: Int(arrival.partition), to: maker.streams, by: maker.partitions)
        guard arrival.partition >= 0, arrival.partition < maker.partitions else { return nil }
        let reach = max(4, Self.guessReach / Int64(maker.streams / maker.partitions))
        for step in 0..<reach {
            for stream in homed {
                let sequence = source.highest[stream] + 1 + step
                let draw = maker.draw(stream: Int32(stream), sequence: sequence)
                guard draw.timestampMilliseconds == arrival.timestampMilliseconds, maker.isKey(key, of: draw),
                    maker.isHeaders(arrival.headers, of: draw) || maker.isValue(value, of: draw)
                else { continue }
                return draw
            }
        }
        return nil
    }

    private mutating func compare(
        _ arrival: Arrival, key: Span<UInt8>?, value: Span<UInt8>?, _ load: Int, _ draw: RecordMaker.Draw
    ) {
        let maker = sources[load].maker
        if !maker.isKey(key, of: draw) { noteAltered(.key, at: arrival, load, draw) }
        if !maker.isValue(value, of: draw) { noteAltered(.value, at: arrival, load, draw) }
        if !maker.isHeaders(arrival.headers, of: draw) { noteAltered(.headers, at: arrival, load, draw) }
        if arrival.timestampMilliseconds != draw.timestampMilliseconds {
            noteAltered(.timestamp, at: arrival, load, draw)
        }
    }

    private mutating func noteAltered(
        _ field: RecordField, at arrival: Arrival, _ load: Int, _ draw: RecordMaker.Draw
    ) {
        counts.altered[field, default: 0] += 1
        note(.altered, at: arrival, load, draw, field: field)
    }

    private mutating func note(
        _ kind: Finding.Kind, at arrival: Arrival, _ load: Int = 0, _ draw: RecordMaker.Draw? = nil,
        field: RecordField? = nil, homePartition: Int32? = nil
    ) {
        guard located[kind, default: 0] < Self.locatedMax else { return }
        located[kind, default: 0] += 1
        var finding = Finding(
            kind: kind, field: field, topic: topic, partition: arrival.partition, offset: arrival.offset,
            sequence: draw?.sequence, homePartition: homePartition)
        if let draw { name(&finding, load: load, stream: Int(draw.stream)) }
        findings.append(finding)
    }

    /// Says of which load and which key a finding's sequence is, where that is a question.
    func name(_ finding: inout Finding, load: Int, stream: Int) {
        let plan = sources[load].maker.plan
        if plan.format != .martlet { finding.key = Int32(stream) }
        if sources.count > 1 { finding.load = plan.id }
    }
}
