import Model
import Topics

/// Reads what a flow does to records on their way: `shape`.
struct ShapeDecoder {
    let reader: FieldReader

    private enum Key: String, CaseIterable { case sample, pace, sanitize, verify, guards = "guard" }

    func shape(_ field: Field) -> ShapeDefinition {
        var shape = ShapeDefinition()
        guard let section = reader.section(field, keys: Key.self) else { return shape }
        shape.sample = section[.sample].map { samples(in: $0) } ?? []
        let sample = section[.sample] != nil && shape.sample.isEmpty ? nil : shape.sample
        shape.pace = section[.pace].flatMap { PaceDecoder(reader: reader, sample: sample).pace($0) }
        shape.sanitize = section[.sanitize].flatMap { SanitizeDecoder(reader: reader).sanitize($0) }
        shape.verify = section[.verify].map { VerifyDecoder(reader: reader).verify($0) } ?? VerifyDefinition()
        if let verify = section[.verify], section[.sanitize] == nil {
            // It reads like a proof, and there would be none.
            reader.ledger.note(
                at: verify.place,
                "\(verify.path) proves what sanitize does, and there is none; expected sanitize beside it, or no verify"
            )
        }
        shape.guards = section[.guards].map { GuardDecoder(reader: reader).guards($0) } ?? GuardDefinition()
        return shape
    }

    // MARK: Sampling

    private enum SampleKey: String, CaseIterable {
        case topics, mode, ratio, nth, id, seed
        case onMissingID = "on-missing-id"
    }

    /// One rule for all topics, or a list of rules, each for some.
    private func samples(in field: Field) -> [SampleDefinition] {
        if case .map = field.node.content { return sample(field).map { [$0] } ?? [] }
        let expected = "a rule such as { mode: by_id, ratio: 5%, id: $.id }, or a list of rules with topics"
        return reader.items(field, expected: expected)?.compactMap { sample($0) } ?? []
    }

    private func sample(_ field: Field) -> SampleDefinition? {
        guard let section = reader.section(field, keys: SampleKey.self),
            let named = reader.required(
                .mode, of: section, expected: SampleDefinition.Mode.allCases.map(\.rawValue).joined(separator: ", ")),
            let mode = reader.choice(named, of: SampleDefinition.Mode.self)
        else { return nil }
        var sample = SampleDefinition(
            topics: section[.topics].flatMap { reader.topicEntries($0) } ?? [.pattern(".*")], mode: mode)
        if let ratio = needed(.ratio, of: section, mode, by: [.random, .byKey, .byID], expected: Self.ratioExpected) {
            sample.ratio = reader.value(ratio, expected: Self.ratioExpected, parse: Self.ratio) ?? 1
        }
        if let nth = needed(.nth, of: section, mode, by: [.everyNth], expected: "a whole number above 1") {
            sample.nth = Int64(reader.wholeNumber(nth, in: 2...1_000_000_000) ?? 2)
        }
        if let id = needed(.id, of: section, mode, by: [.byID], expected: Self.idExpected) {
            sample.ids = ids(in: id)
        }
        sample.seed = section[.seed].flatMap { reader.wholeNumber($0, in: 0...Int.max) }.map { UInt64($0) } ?? 0
        sample.onMissingID =
            section[.onMissingID].flatMap { reader.choice($0, of: SampleDefinition.MissingIDPolicy.self) } ?? .drop
        return sample
    }

    /// The field of a key that these modes must have, and no other may.
    private func needed(
        _ key: SampleKey, of section: Section<SampleKey>, _ mode: SampleDefinition.Mode,
        by modes: [SampleDefinition.Mode], expected: String
    ) -> Field? {
        if modes.contains(mode) { return reader.required(key, of: section, expected: expected) }
        if let field = section[key] {
            let names = modes.map { quoted($0.rawValue) }.joined(separator: " or ")
            reader.ledger.note(
                at: field.place,
                "\(field.path) says nothing to \(quoted(mode.rawValue)); expected it only with \(names)")
        }
        return nil
    }

    static let ratioExpected = "a share above 0 and at most 1, such as 0.05 or 5%"

    /// `0.05` and `5%`.
    static func ratio(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        guard let number = plainDecimal(isPercent ? String(text.dropLast()) : text) else { return nil }
        let ratio = isPercent ? number / 100 : number
        return ratio > 0 && ratio <= 1 ? ratio : nil
    }

    private static let idExpected = "$.path, key, key:$.path or header:NAME; or a map of topics to these"

    /// One place for all topics, or places by topic.
    private func ids(in field: Field) -> [SampleDefinition.IDSource] {
        guard case .map = field.node.content else {
            return place(field).map { [.init(topics: [.pattern(".*")], place: $0)] } ?? []
        }
        return reader.entries(field, expected: Self.idExpected)?.compactMap { entry in
            guard let topic = reader.topicEntry(entry.name, of: entry.field) else { return nil }
            return place(entry.field).map { .init(topics: [topic], place: $0) }
        } ?? []
    }

    private func place(_ field: Field) -> FieldPlace? {
        reader.value(field, expected: Self.idExpected) { text in
            if text == "key" { return .key }
            if text.hasPrefix("key:") { return JSONPath(parsing: String(text.dropFirst(4))).map { .keyPath($0) } }
            if text.hasPrefix("header:") {
                // One header, not an expression: which of several would decide?
                let name = String(text.dropFirst(7))
                return name.isEmpty ? nil : .header(name)
            }
            return JSONPath(parsing: text).map { .value($0) }
        }
    }
}

/// A number as people write it: digits, perhaps a point and digits. No exponent, no sign, no word.
func plainDecimal(_ text: String) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIDigit) }),
        text.utf8.count <= 18
    else { return nil }
    return Double(text)
}

extension FieldReader {
    static let topicsExpected =
        "a list of topic names and regular expressions, such as [orders, \"payments.*\"]"

    func topicEntries(_ field: Field) -> [TopicEntry]? {
        guard let items = items(field, expected: Self.topicsExpected) else { return nil }
        return items.compactMap { item in
            text(item, expected: "a topic name or a regular expression").flatMap { topicEntry($0.value, of: item) }
        }
    }

    func topicEntry(_ text: String, of field: Field) -> TopicEntry? {
        let entry = TopicEntry(parsing: text)
        do {
            _ = try TopicSelection([entry])
            return entry
        } catch {
            ledger.note(
                at: field.place,
                "\(field.path): \(quoted(text)) is neither a topic name nor a regular expression: \(error)")
            return nil
        }
    }

    private enum Flag: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    /// `true` or `false`.
    func flag(_ field: Field) -> Bool? { choice(field, of: Flag.self).map { $0 == .yes } }

    /// Texts of a list, each read by `parse`.
    func list<Value>(_ field: Field, expected: String, parse: (String) -> Value?) -> [Value]? {
        items(field, expected: "a list: each \(expected)")?
            .compactMap { value($0, expected: expected, parse: parse) }
    }
}
