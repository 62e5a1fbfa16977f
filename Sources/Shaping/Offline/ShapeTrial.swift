import Model

/// What a flow would do to records of one topic, tried on samples: the lane's own sampler and sanitizer, without a lane.
package struct ShapeTrial {
    package enum Verdict: Hashable, Sendable {
        case taken
        case sampledOut
        /// A policy says that what cannot be sanitized is left out.
        case leftOut(reason: String)
        case aside(reason: String)
        case stops(reason: String)
    }

    package struct Result: Hashable, Sendable {
        package var verdict: Verdict
        /// Taken or not, and why.
        package var sampling: String
        /// Key, value and headers as they would arrive; `nil`: the record would not.
        package var after: SampleRecord?
        /// What the sanitizer did in this record.
        package var counts: SanitizeCounts
        /// Also where the record goes on without its value.
        package var failure: SanitizeFailure?
    }

    /// `nil`: no policy names the topic, so that its records pass as they are.
    package let policy: SanitizePolicy?
    private let shaper: TopicShaper
    private var reasons: SampleReasons

    /// - Throws: what is wrong with the definition.
    package init(_ shape: ShapeDefinition, topic: String) throws(ShapeFault) {
        shaper = try TopicShaper(shape, topic: topic, spaces: shape.sanitize.map { IdentitySpaces($0) })
        policy = shaper.policy.flatMap { shape.sanitize?.policies[$0] }
        reasons = try SampleReasons(shaper.sampleRule.map { shape.sample[$0] }, topic: topic)
    }

    /// Of all records so far.
    package var counts: SanitizeCounts { shaper.sanitizer?.counts ?? SanitizeCounts(rules: 0) }
    package var rulesWithoutHits: [SanitizeRule] { shaper.sanitizer?.rulesWithoutHits ?? [] }

    package mutating func run(_ record: SampleRecord) -> Result {
        let before = counts
        let answer = shaper.sampler?.decide(record) ?? .take
        var result = Result(
            verdict: .taken, sampling: reasons.reason(for: record, answer), after: nil, counts: before, failure: nil)
        switch answer {
        case .drop, .sampledDown: result.verdict = .sampledOut
        case .stop(let missing):
            result.verdict = .stops(reason: "it has no id to sample by: \(missing.rawValue)")
        case .take: sanitize(record, &result)
        }
        result.counts = counts.since(before)
        if result.counts.failures > 0 { result.failure = shaper.sanitizer?.lastFailure }
        return result
    }

    /// In the lane's order: value, key, headers. What ends the record's way ends this, too.
    private func sanitize(_ record: SampleRecord, _ result: inout Result) {
        guard let sanitizer = shaper.sanitizer else {
            result.after = record
            return
        }
        let context = shaper.context(
            partition: record.partition, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds)
        var after = record
        let value = sanitizer.sanitizeValue(record.value?.span, context: context)
        if let end = end(value, sanitizer) { return result.verdict = end }
        after.value = value.part(of: record.value, sanitizer.value)
        let key = sanitizer.sanitizeKey(record.key?.span, context: context)
        if let end = end(key, sanitizer) { return result.verdict = end }
        after.key = key.part(of: record.key, sanitizer.key)
        after.headers = []
        for header in record.headers {
            let outcome = sanitizer.sanitizeHeader(
                name: header.name.span, value: header.value?.span, context: context)
            if let end = end(outcome, sanitizer) { return result.verdict = end }
            guard outcome != .removed else { continue }
            after.headers.append(
                RecordHeader(name: header.name, value: outcome.part(of: header.value, sanitizer.header)))
        }
        result.after = after
    }

    private func end(_ outcome: SanitizeOutcome, _ sanitizer: TopicSanitizer) -> Verdict? {
        switch outcome {
        case .unchanged, .changed, .nulled, .removed: nil
        case .dropRecord: .leftOut(reason: sanitizer.lastFailure?.description ?? "it cannot be sanitized")
        case .quarantine(let failure): .aside(reason: failure.description)
        case .stop(let failure): .stops(reason: failure.description)
        }
    }
}

extension SanitizeOutcome {
    fileprivate func part(of before: [UInt8]?, _ changed: [UInt8]) -> [UInt8]? {
        switch self {
        case .unchanged: before
        case .changed: changed
        default: nil
        }
    }
}

extension SanitizeCounts {
    package var failures: Int { unparseable + typeMismatches + unmatchedPaths }
}

extension Sampler {
    /// Of several headers of the id's name the last one counts, as in Kafka's clients.
    mutating func decide(_ record: SampleRecord) -> SampleAnswer {
        var id: [UInt8]?
        for header in record.headers where self.header?.matches(header.name.span) == true { id = header.value }
        return decide(
            partition: record.partition, offset: record.offset, key: record.key?.span, value: record.value?.span,
            header: id?.span)
    }
}
