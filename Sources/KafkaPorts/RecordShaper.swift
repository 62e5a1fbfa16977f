import Engine
import Model
import RdKafka
import Records
import Shaping

/// Shapes the reads of one lane: which are taken, and what of them goes on.
struct RecordShaper: ~Copyable {
    private let shape: ShapeDefinition
    private let flow: String
    private let board: ShapeBoard
    private let store = ParcelStore()
    private let spaces: IdentitySpaces?
    /// `nil`: nothing is sanitized.
    private var proof: LaneProof?
    private var topics: [String: TopicShaper] = [:]
    private var sampleFactor = 1.0
    /// By the lane's index of a partition.
    private var partitions: [Int32: Place] = [:]
    private var lastIndex: Int32 = -1
    private var lastPlace: Place?

    private struct Place {
        let partition: TopicPartition
        let shaper: TopicShaper
    }

    /// What became of a read. Its memory is the caller's, where it is not part of the answer.
    enum Outcome {
        case goesOn(Read)
        case isLeftOut
        /// The partition stops in front of it.
        case stops(reason: String)
        /// The alarm was raised, nothing goes on any more; its memory is released.
        case leaks
    }

    init(_ flow: FlowDefinition, board: ShapeBoard) {
        shape = flow.shape
        self.flow = flow.name
        self.board = board
        spaces = flow.shape.sanitize.map { IdentitySpaces($0) }
        proof = shape.sanitize == nil ? nil : LaneProof(shape.verify, board: board.proof)
    }

    /// Between records, many times a second.
    mutating func attend() { proof?.attend(at: .now) }

    /// Reads of `index` are of this partition from here on.
    mutating func open(_ index: Int32, _ partition: TopicPartition) throws(SourceFault) {
        lastIndex = -1
        do throws(ShapeFault) {
            let shaper: TopicShaper
            if let known = topics[partition.topic] {
                shaper = known
            } else {
                shaper = try TopicShaper(
                    shape, topic: partition.topic, spaces: spaces, wrap: ActionHook.current)
                try proof?.open(shaper, shape, spaces)
                shaper.sampler?.lower(to: sampleFactor)
                topics[partition.topic] = shaper
            }
            partitions[index] = Place(partition: partition, shaper: shaper)
        } catch {
            throw SourceFault("records of \(partition.topic) cannot be shaped: \(error)")
        }
    }

    /// Takes this part of the ids that the definition takes, from here on.
    mutating func lowerSample(to factor: Double) {
        sampleFactor = factor
        for topic in topics.values { topic.sampler?.lower(to: factor) }
    }

    mutating func close(_ index: Int32) {
        lastIndex = -1
        partitions[index] = nil
    }

    private mutating func place(of index: Int32) -> Place {
        if index == lastIndex, let lastPlace { return lastPlace }
        guard let place = partitions[index] else { preconditionFailure("partition \(index) is not open") }
        (lastIndex, lastPlace) = (index, place)
        return place
    }

    /// Whether reads of the partition go on as they are.
    mutating func isIdle(_ index: Int32) -> Bool { place(of: index).shaper.isIdle && !shape.guards.marks }

    mutating func shape(_ read: Read) -> Outcome {
        if isIdle(read.partition) { return .goesOn(read) }
        let place = place(of: read.partition)
        let view = RecordView(read)
        if place.shaper.sampler != nil, let left = sample(read, view, place) { return left }
        guard let sanitizer = place.shaper.sanitizer else {
            return shape.guards.marks ? marked(read, view, place) : .goesOn(read)
        }
        let outcome = sanitized(read, view, place, sanitizer)
        guard case .goesOn(let sent) = outcome, !sent.isAside, proof?.isDue() == true else { return outcome }
        return proved(sent, place) ?? outcome
    }

    /// `nil`: nothing speaks against handing it on.
    private func proved(_ sent: Read, _ place: Place) -> Outcome? {
        let context = place.shaper.context(
            partition: place.partition.partition, offset: sent.offset,
            timestampMilliseconds: RecordView(sent).timestampMilliseconds)
        let leaks = proof?.leaks(
            sent, of: place.partition, context, addedHeaders: shape.guards.marks ? Self.markCount : 0)
        guard leaks == true else { return nil }
        var leaked = SourceConsumer.makeBatch(capacity: 1)
        leaked.append(sent)
        leaked.releaseFirst()
        return .leaks
    }

    private static let markCount = 4

    /// `nil`: it is taken.
    private mutating func sample(_ read: Read, _ view: RecordView, _ place: Place) -> Outcome? {
        let shaper = place.shaper
        let answer = view.withKey { key in
            view.withValue { value in
                shaper.decide(
                    partition: place.partition.partition, offset: read.offset, key: key, value: value, view: view)
            }
        }
        switch answer {
        case .take: return nil
        case .drop:
            board.counts.sampledOut.add(1)
            return .isLeftOut
        case .sampledDown:
            board.counts.sampledDown.add(1)
            return .isLeftOut
        case .stop(let missing):
            return .stops(reason: "the record at offset \(read.offset) has no id to sample by: \(missing)")
        }
    }

    // MARK: Sanitizing

    private mutating func sanitized(
        _ read: Read, _ view: RecordView, _ place: Place, _ sanitizer: TopicSanitizer
    ) -> Outcome {
        let context = place.shaper.context(
            partition: place.partition.partition, offset: read.offset,
            timestampMilliseconds: view.timestampMilliseconds)
        let value = view.withValue { sanitizer.sanitizeValue($0, context: context) }
        if let end = ended(read, view, place, value) { return end }
        let key = view.withKey { sanitizer.sanitizeKey($0, context: context) }
        if let end = ended(read, view, place, key) { return end }
        let present = view.headers
        if present == .unreadable { return unreadableHeaders(read) }
        var headers: HeaderBuilder?
        if present == .some || shape.guards.marks {
            var builder = HeaderBuilder()
            if present == .some, let failed = addHeaders(of: view, sanitizer, context, to: &builder),
                let end = ended(read, view, place, failed)
            {
                return end
            }
            if shape.guards.marks { addMarks(of: read, view, place, to: &builder) }
            headers = consume builder
        } else if value == .unchanged, key == .unchanged {
            return .goesOn(read)
        }
        return .goesOn(
            store.make(
                of: read, key: Self.change(key, sanitizer.key), value: Self.change(value, sanitizer.value),
                headers: headers))
    }

    private func unreadableHeaders(_ read: Read) -> Outcome {
        .stops(reason: "the headers of offset \(read.offset) cannot be read")
    }

    private static func change(_ outcome: SanitizeOutcome, _ bytes: [UInt8]) -> FieldChange {
        switch outcome {
        case .unchanged: .kept
        case .changed: .bytes(bytes)
        default: .null
        }
    }

    /// Whether the record's way ends here.
    private mutating func ended(
        _ read: Read, _ view: RecordView, _ place: Place, _ outcome: SanitizeOutcome
    ) -> Outcome? {
        switch outcome {
        case .unchanged, .changed, .nulled, .removed: return nil
        case .dropRecord:
            board.counts.droppedUnsafe.add(1)
            return .isLeftOut
        case .quarantine(let failure):
            board.counts.quarantined.add(1)
            return aside(read, view, place, reason: failure.description)
        case .stop(let failure):
            return .stops(reason: "the record at offset \(read.offset) cannot be sanitized: \(failure)")
        }
    }

    /// Where it came from and why it is here, and nothing of what it holds.
    private func aside(_ read: Read, _ view: RecordView, _ place: Place, reason: String) -> Outcome {
        let builder = HeaderBuilder()
        let fields = [
            ("topic", place.partition.topic), ("partition", String(place.partition.partition)),
            ("offset", String(read.offset)), ("timestamp", String(view.timestampMilliseconds)), ("reason", reason),
            ("size", String(read.bytes)), ("bytes", "left out"),
        ]
        for (name, text) in fields {
            builder.add(Array("martlet.quarantine.\(name)".utf8).span, Array(text.utf8).span)
        }
        return .goesOn(store.make(of: read, key: .null, value: .null, headers: builder, isAside: true))
    }

    /// Answers how a header ended the record's way.
    private func addHeaders(
        of view: RecordView, _ sanitizer: TopicSanitizer, _ context: FieldContext, to builder: inout HeaderBuilder
    ) -> SanitizeOutcome? {
        var failed: SanitizeOutcome?
        view.forEachHeader { name, value in
            switch sanitizer.sanitizeHeader(name: name, value: value, context: context) {
            case .unchanged: builder.add(name, value)
            case .changed: builder.add(name, sanitizer.header.span)
            case .nulled: builder.add(name, nil)
            case .removed: break
            case let outcome: failed = outcome
            }
            return failed == nil
        }
        return failed
    }

    // MARK: Marks

    private func marked(_ read: Read, _ view: RecordView, _ place: Place) -> Outcome {
        let present = view.headers
        if present == .unreadable { return unreadableHeaders(read) }
        var builder = HeaderBuilder()
        if present == .some {
            view.forEachHeader { name, value in
                builder.add(name, value)
                return true
            }
        }
        addMarks(of: read, view, place, to: &builder)
        return .goesOn(store.make(of: read, key: .kept, value: .kept, headers: builder))
    }

    /// Which flow has sent it, which record it was (as a number that tells no name), when it was written, and which share
    /// was taken.
    private func addMarks(of read: Read, _ view: RecordView, _ place: Place, to builder: inout HeaderBuilder) {
        let context = place.shaper.context(
            partition: place.partition.partition, offset: read.offset,
            timestampMilliseconds: view.timestampMilliseconds)
        let marks = [
            ("run", flow), ("source", String(context.recordSeed, radix: 16)),
            ("ts", String(view.timestampMilliseconds)), ("ratio", place.shaper.sampler.map { "\($0.ratio)" } ?? "1"),
        ]
        for (name, text) in marks {
            builder.add(Array("x-replay-\(name)".utf8).span, Array(text.utf8).span)
        }
    }
}

extension TopicShaper {
    fileprivate func decide(
        partition: Int32, offset: Int64, key: Span<UInt8>?, value: Span<UInt8>?, view: RecordView
    ) -> SampleAnswer {
        guard sampler?.header != nil else {
            return sampler?.decide(partition: partition, offset: offset, key: key, value: value, header: nil) ?? .take
        }
        // Of several headers of that name the last one counts, as in Kafka's clients.
        var answer: SampleAnswer?
        view.forEachHeader { name, header in
            if self.sampler?.header?.matches(name) == true {
                answer = self.sampler?.decide(
                    partition: partition, offset: offset, key: key, value: value, header: header)
            }
            return true
        }
        if let answer { return answer }
        return sampler?.decide(partition: partition, offset: offset, key: key, value: value, header: nil) ?? .take
    }
}
