import Model
import Patterns

/// Records that are nobody's, with a fresh text at every place that a policy has a rule for and at places that it does not
/// list. They go through a lane's own sanitizer on a side path, and nowhere else: whatever of them comes out of it in clear
/// shows that a rule does not work, before somebody's record does.
package struct Canary {
    package enum Answer: Hashable, Sendable {
        case silent
        case found(LeakFinding)
        /// Some of the records does not pass at all, so that what its rules do is not known.
        case unanswered
    }

    private let policy: SanitizePolicy
    private let scan: LeakScan
    private let valueJudge: PlaceJudge
    private let keyJudge: PlaceJudge
    private let values: [CanaryDocument]
    private let keys: [CanaryDocument]
    /// Names, with the rule that counts for each.
    private let headers: [(name: String, rule: Int?)]

    /// - Parameter scan: of the same policy.
    package init(_ policy: SanitizePolicy, scan: LeakScan) {
        self.policy = policy
        self.scan = scan
        let valuePaths = policy.rules.compactMap { if case .value(let path) = $0.place { path } else { nil } }
        let keyPaths = policy.rules.compactMap { if case .keyPath(let path) = $0.place { path } else { nil } }
        valueJudge = PlaceJudge(policy, keep: policy.keep) { if case .value(let path) = $0 { path } else { nil } }
        keyJudge = PlaceJudge(policy, keep: []) { if case .keyPath(let path) = $0 { path } else { nil } }
        values = CanaryDocument.documents(for: Self.unlisted + valuePaths)
        keys = keyPaths.isEmpty ? [] : CanaryDocument.documents(for: keyPaths + Self.unlisted)
        headers = Self.headers(of: policy)
    }

    /// Two texts and a number, at different depths.
    private static let unlisted = ["text", "more", "most"].enumerated().map { depth, name in
        JSONPath((0..<depth).map { _ in .key("martlet-canary-unlisted-map") } + [.key("martlet-canary-\(name)")])
    }

    package func shoot(through sanitizer: TopicSanitizer) -> Answer {
        var isAnswered = true
        for number in 0..<max(1, policy.format == .json ? values.count : 1, keys.count) {
            let record = record(number)
            let context = FieldContext(
                recordSeed: .random(in: .min ... .max), timestampMilliseconds: record.timestampMilliseconds)
            guard let sent = sanitizer.sanitized(record, context) else {
                isAnswered = false
                continue
            }
            if let finding = scan.finding(from: record, in: sent, context: context) { return .found(finding) }
        }
        return isAnswered ? .silent : .unanswered
    }

    private func record(_ number: Int) -> SampleRecord {
        SampleRecord(
            timestampMilliseconds: .random(in: 1_600_000_000_000...1_700_000_000_000), key: key(number),
            value: value(number),
            headers: headers.map { header in
                let text = CanaryText.make(for: header.rule.map { policy.rules[$0].action }).text
                return RecordHeader(header.name, Array(text.utf8))
            })
    }

    private func value(_ number: Int) -> [UInt8] {
        switch policy.format {
        case .json: return values.isEmpty ? Array("{}".utf8) : fill(values[number % values.count], valueJudge)
        case .text, .bytes:
            let rule = policy.rules.first { if case .value = $0.place { true } else { false } }
            return Array(CanaryText.make(for: rule?.action).text.utf8)
        }
    }

    private func key(_ number: Int) -> [UInt8] {
        if !keys.isEmpty { return fill(keys[number % keys.count], keyJudge) }
        let rule = policy.rules.first { $0.place == .key }
        return Array(CanaryText.make(for: rule?.action).text.utf8)
    }

    /// Every leaf gets a text that the rule for it makes sense of; which rule that is shows the document without texts.
    private func fill(_ document: CanaryDocument, _ judge: PlaceJudge) -> [UInt8] {
        let empty = document.json { "\"\"" }
        let leaves = PlainDocument(Array(empty.utf8)).map { judge.leaves(of: $0) } ?? []
        var next = 0
        let filled = document.json {
            let verdict = next < leaves.count ? leaves[next].verdict : .unlisted
            next += 1
            var action: SanitizeAction?
            if case .rule(let rule) = verdict { action = policy.rules[rule].action }
            let made = CanaryText.make(for: action, numbersUnlisted: next % 2 == 0)
            return made.isNumber ? made.text : CanaryDocument.quoted(made.text)
        }
        return Array(filled.utf8)
    }

    // MARK: Headers

    private static func headers(of policy: SanitizePolicy) -> [(name: String, rule: Int?)] {
        var headers: [(name: String, rule: Int?)] = [("martlet-canary-unlisted", nil), ("Authorization", nil)]
        var patterns: [(Pattern, Int)] = []
        for (number, rule) in policy.rules.enumerated() {
            guard case .header(let text) = rule.place, let pattern = try? Pattern(text) else { continue }
            patterns.append((pattern, number))
            headers += names(for: text).filter(pattern.matchesWhole).prefix(1).map { ($0, number) }
        }
        // Which rule counts for a name that several match is the first one's affair.
        return headers.map { header in (header.name, patterns.first { $0.0.matchesWhole(header.name) }?.1) }
    }

    /// What may match an expression as people write it for headers.
    private static func names(for pattern: String) -> [String] {
        let plain = pattern.replacing("(?i)", with: "").replacing("^", with: "").replacing("$", with: "")
        let filled = plain.replacing("\\.", with: ".").replacing(".*", with: "canary").replacing(".+", with: "canary")
        return [pattern, plain, filled, "martlet-canary"]
    }
}

extension TopicSanitizer {
    /// What would be sent of a record, in the lane's order; `nil`: it would not be sent.
    package func sanitized(_ record: SampleRecord, _ context: FieldContext) -> SampleRecord? {
        var sent = record
        let value = sanitizeValue(record.value?.span, context: context)
        guard value.passes else { return nil }
        sent.value = value.part(of: record.value, self.value)
        let key = sanitizeKey(record.key?.span, context: context)
        guard key.passes else { return nil }
        sent.key = key.part(of: record.key, self.key)
        sent.headers = []
        for header in record.headers {
            let outcome = sanitizeHeader(name: header.name.span, value: header.value?.span, context: context)
            guard outcome.passes else { return nil }
            guard outcome != .removed else { continue }
            sent.headers.append(
                RecordHeader(name: header.name, value: outcome.part(of: header.value, self.header)))
        }
        return sent
    }
}

extension SanitizeOutcome {
    /// The record goes on.
    fileprivate var passes: Bool {
        switch self {
        case .unchanged, .changed, .nulled, .removed: true
        case .dropRecord, .quarantine, .stop: false
        }
    }

    fileprivate func part(of before: [UInt8]?, _ changed: [UInt8]) -> [UInt8]? {
        switch self {
        case .unchanged: before
        case .changed: changed
        default: nil
        }
    }
}
