import Model

/// Sanitizes the records of one topic on one lane's thread. What is not named by its policy does not pass in clear.
///
/// Values, keys and headers have a buffer each, which holds what was changed last until the next call of the same kind.
package final class TopicSanitizer {
    private let policy: SanitizePolicy
    private let rules: [RuleAction]
    private let unlistedKey: any FieldAction
    private var valueDocument: ValueSanitizer
    private var keyDocument: ValueSanitizer
    /// The rules of the policy that name places in JSON values and in JSON keys.
    private let valueRules: [Int]
    private let keyRules: [Int]
    /// The rules on the whole of a text value and of a key.
    private let wholeValueRule: Int?
    private let wholeKeyRule: Int?
    private var headers: HeaderRules
    private var counted: SanitizeCounts
    private var valueText: [UInt8] = []
    private var keyText: [UInt8] = []
    private var headerText: [UInt8] = []

    /// Why the last record that failed did; also where policies leave it out or pass it without its value.
    package private(set) var lastFailure: SanitizeFailure?

    /// - Parameters:
    ///   - unlistedKey: what becomes of a key without a rule where unlisted places are masked: a keyed hash, so that
    ///     equal keys stay equal and different ones different.
    ///   - action: makes an action of what a rule says. It is called once for each rule.
    /// - Throws: what is wrong with the policy.
    package init(
        _ policy: SanitizePolicy, unlistedKey: any FieldAction, action: (SanitizeAction) -> any FieldAction
    ) throws(SanitizeFault) {
        let problems = policy.problems
        guard problems.isEmpty else { throw SanitizeFault(problems) }
        let rules = policy.rules.map { RuleAction($0, action: action($0.action)) }
        let value = policy.paths { if case .value(let path) = $0 { path } else { nil } }
        let key = policy.paths { if case .keyPath(let path) = $0 { path } else { nil } }
        func document(
            _ paths: [(number: Int, path: JSONPath)], keep: [JSONPath], part: String
        ) throws(PathTrieFault) -> ValueSanitizer {
            try ValueSanitizer(
                paths.map { rules[$0.number] }, at: paths.map(\.path), keep: keep, unlisted: policy.unlisted,
                watchesPlaces: policy.onUnmatchedPath != nil, part: part)
        }
        do {
            valueDocument = try document(value, keep: policy.keep, part: "value")
            keyDocument = try document(key, keep: [], part: "key")
            headers = try HeaderRules(policy)
        } catch {
            throw SanitizeFault(["\(error)"])
        }
        self.policy = policy
        self.rules = rules
        self.unlistedKey = unlistedKey
        valueRules = value.map(\.number)
        keyRules = key.map(\.number)
        wholeValueRule = value.first?.number
        wholeKeyRule = policy.rules.firstIndex { $0.place == .key }
        counted = SanitizeCounts(rules: rules.count)
    }

    /// What the last call that answered `changed` made.
    package var value: [UInt8] { policy.format == .json ? valueDocument.bytes : valueText }
    package var key: [UInt8] { keyRules.isEmpty ? keyText : keyDocument.bytes }
    package var header: [UInt8] { headerText }
}

// MARK: - Parts of a record

extension TopicSanitizer {
    /// A tombstone stays one.
    package func sanitizeValue(_ value: Span<UInt8>?, context: FieldContext) -> SanitizeOutcome {
        guard let value else { return .unchanged }
        switch policy.format {
        case .json: return settle(valueDocument.sanitize(value, context: context))
        case .text where wholeValueRule != nil:
            return apply(wholeValueRule ?? 0, to: value, context, into: &valueText, dropped: .nulled)
        case .text where policy.keep.contains { $0.steps.isEmpty }: return .unchanged
        case .text, .bytes: return unlisted(&valueText, dropped: .nulled)
        }
    }

    /// A key that fails where the policy says `null_value` passes as null. In a JSON key with rules on paths, unlisted
    /// places become the same for all records: keys that differ in nothing else are one key afterwards.
    package func sanitizeKey(_ key: Span<UInt8>?, context: FieldContext) -> SanitizeOutcome {
        guard let key, !policy.keepsKey else { return .unchanged }
        if !keyRules.isEmpty { return settle(keyDocument.sanitize(key, context: context)) }
        if let wholeKeyRule { return apply(wholeKeyRule, to: key, context, into: &keyText, dropped: .nulled) }
        guard policy.unlisted == .mask else { return unlisted(&keyText, dropped: .nulled) }
        counted.unlisted &+= 1
        keyText.removeAll(keepingCapacity: true)
        let outcome = unlistedKey.apply(to: key, kind: .text, context: context, into: &keyText)
        return settle(outcome, place: "key", dropped: .nulled)
    }

    /// Names stay as they are.
    package func sanitizeHeader(
        name: Span<UInt8>, value: Span<UInt8>?, context: FieldContext
    ) -> SanitizeOutcome {
        switch headers.decide(name) {
        case .kept: return .unchanged
        case .credential:
            counted.credentials &+= 1
            return .removed
        case .unlisted:
            if value == nil, policy.unlisted == .mask { return .unchanged }
            return unlisted(&headerText, dropped: .removed)
        case .rule(let rule):
            if let value { return apply(rule, to: value, context, into: &headerText, dropped: .removed) }
            // A header without a value: only what does not look at it applies.
            guard rules[rule].scope == .everything else {
                counted.hits[rule] &+= 1
                return .unchanged
            }
            return apply(rule, to: Span(), kind: .null, context, into: &headerText, dropped: .removed)
        }
    }

    private func apply(
        _ rule: Int, to field: Span<UInt8>, kind: FieldKind = .text, _ context: FieldContext, into text: inout [UInt8],
        dropped: SanitizeOutcome
    ) -> SanitizeOutcome {
        counted.hits[rule] &+= 1
        text.removeAll(keepingCapacity: true)
        let outcome = rules[rule].action.apply(to: field, kind: kind, context: context, into: &text)
        return settle(outcome, place: rules[rule].place, dropped: dropped)
    }

    private func unlisted(_ text: inout [UInt8], dropped: SanitizeOutcome) -> SanitizeOutcome {
        switch policy.unlisted {
        case .keep: return .unchanged
        case .drop:
            counted.unlisted &+= 1
            return dropped
        case .mask:
            counted.unlisted &+= 1
            text.removeAll(keepingCapacity: true)
            text.append(contentsOf: FieldKind.maskedText)
            return .changed
        }
    }
}

// MARK: - Outcomes

extension TopicSanitizer {
    private func settle(_ outcome: FieldOutcome, place: String, dropped: SanitizeOutcome) -> SanitizeOutcome {
        switch outcome {
        case .text, .json: .changed
        case .null: .nulled
        case .drop: dropped
        case .mismatch(let reason): settle(SanitizeFailure(.typeMismatch, place: place, reason: "\(reason)"))
        }
    }

    private func settle(_ verdict: ValueSanitizer.Verdict) -> SanitizeOutcome {
        switch verdict {
        case .unchanged: .unchanged
        case .changed: .changed
        case .failed(let failure): settle(failure)
        }
    }

    private func settle(_ failure: SanitizeFailure) -> SanitizeOutcome {
        counted.add(failure.kind)
        lastFailure = failure
        let answer: SanitizePolicy.FailurePolicy? =
            switch failure.kind {
            case .unparseable: policy.onUnparseable
            case .typeMismatch: policy.onTypeMismatch
            case .unmatchedPath: policy.onUnmatchedPath
            }
        switch answer ?? .quarantine {
        case .quarantine: return .quarantine(failure)
        case .drop: return .dropRecord
        case .nullValue: return .nulled
        case .stop: return .stop(failure)
        }
    }
}

// MARK: - The report

extension TopicSanitizer {
    package var counts: SanitizeCounts {
        var counts = counted
        for (index, rule) in valueRules.enumerated() { counts.hits[rule] &+= valueDocument.hits[index] }
        for (index, rule) in keyRules.enumerated() { counts.hits[rule] &+= keyDocument.hits[index] }
        counts.unlisted &+= valueDocument.unlistedHits &+ keyDocument.unlistedHits
        return counts
    }

    /// Rules that name nothing that a record had so far: a mistaken path, or data that never comes.
    package var rulesWithoutHits: [SanitizeRule] {
        let hits = counts.hits
        return policy.rules.indices.filter { hits[$0] == 0 }.map { policy.rules[$0] }
    }
}

extension SanitizePolicy {
    fileprivate func paths(_ path: (FieldPlace) -> JSONPath?) -> [(number: Int, path: JSONPath)] {
        rules.enumerated().compactMap { number, rule in path(rule.place).map { (number, $0) } }
    }
}
