import Model

/// A value and the path of keys that leads to it, such as `flows[0].lanes`.
struct Field {
    let path: String
    let node: Node

    var place: Place { node.place }
}

/// A field under a key of the writer's own choice.
struct NamedField {
    let name: String
    /// Where the key stands.
    let keyPlace: Place
    let field: Field
}

/// A text as the file has it, and with its references resolved. Only `written` may be printed.
struct FieldText {
    let value: String
    let written: String
}

/// The fields of one map whose keys are the cases of `Key`: a key that is not listed cannot be read.
struct Section<Key: RawRepresentable<String> & CaseIterable & Hashable> {
    let path: String
    let place: Place
    fileprivate let fields: [Key: Field]

    subscript(key: Key) -> Field? { fields[key] }
}

/// Reads fields as what they should be. Every mistake goes into the ledger, and the answer is `nil` then.
struct FieldReader {
    let ledger: ProblemLedger
    private let references: References
    /// The folder of the configuration file, with a slash at its end; empty: the process's own.
    private let folder: String

    init(ledger: ProblemLedger, environment: [String: String], file: String = "") {
        self.ledger = ledger
        folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        references = References(environment: environment)
    }

    /// The fields of a map with known keys.
    func section<Key>(_ field: Field, keys: Key.Type) -> Section<Key>? {
        let known = Key.allCases.map(\.rawValue)
        guard let entries = entries(field, expected: "a map of \(known.joined(separator: ", "))") else { return nil }
        var fields: [Key: Field] = [:]
        for entry in entries {
            // `on_missing_id` is `on-missing-id`: other tools' files write it so.
            guard let key = Key(rawValue: entry.name.replacing("_", with: "-")) else {
                let near = nearestName(to: entry.name, among: known).map { "did you mean \(quoted($0))?" }
                let advice = near ?? "known here: \(known.joined(separator: ", "))"
                ledger.note(at: entry.keyPlace, "\(entry.field.path) is not a known key; \(advice)")
                continue
            }
            fields[key] = entry.field
        }
        return Section(path: field.path, place: field.place, fields: fields)
    }

    /// The field of a key that must be there.
    func required<Key>(_ key: Key, of section: Section<Key>, expected: String) -> Field? {
        if let field = section[key] { return field }
        ledger.note(at: section.place, "\(path(section.path, key.rawValue)) is missing; expected \(expected)")
        return nil
    }

    /// The entries of a map whose keys are the writer's own, in the order of the file.
    func entries(_ field: Field, expected: String) -> [NamedField]? {
        guard case .map(let entries) = field.node.content else {
            refuseType(of: field, expected: expected)
            return nil
        }
        return entries.map { entry in
            let value = Field(path: path(field.path, entry.key), node: entry.value)
            return NamedField(name: entry.key, keyPlace: entry.place, field: value)
        }
    }

    /// The items of a list that must not be empty.
    func items(_ field: Field, expected: String) -> [Field]? {
        guard case .list(let items) = field.node.content else {
            refuseType(of: field, expected: expected)
            return nil
        }
        guard !items.isEmpty else {
            ledger.note(at: field.place, "\(field.path) is an empty list; expected \(expected)")
            return nil
        }
        return items.enumerated().map { Field(path: "\(field.path)[\($0.offset)]", node: $0.element) }
    }

    func text(_ field: Field, expected: String) -> FieldText? {
        guard case .text(let written) = field.node.content else {
            refuseType(of: field, expected: expected)
            return nil
        }
        let (value, faults) = references.resolve(written)
        for fault in faults { ledger.note(at: field.place, "\(field.path) \(fault)") }
        return faults.isEmpty ? FieldText(value: value, written: written) : nil
    }

    /// Where a file is that the configuration names: what does not begin with `/` is looked for beside it.
    func path(besideFile path: String) -> String { path.hasPrefix("/") ? path : folder + path }

    /// The text of `field` as whatever `parse` makes of it; `nil` from `parse` is a mistake.
    func value<Value>(_ field: Field, expected: String, parse: (String) -> Value?) -> Value? {
        guard let text = text(field, expected: expected) else { return nil }
        guard let value = parse(text.value) else {
            refuse(text, of: field, expected: expected)
            return nil
        }
        return value
    }

    func refuse(_ text: FieldText, of field: Field, expected: String) {
        ledger.note(at: field.place, "\(field.path) is \(quoted(text.written)); expected \(expected)")
    }

    private func refuseType(of field: Field, expected: String) {
        let found: String
        switch field.node.content {
        case .text: found = "is text"
        case .nothing: found = "has no value"
        case .list: found = "is a list"
        case .map: found = "is a map"
        case .refused: return
        }
        ledger.note(at: field.place, "\(field.path.isEmpty ? "the file" : field.path) \(found); expected \(expected)")
    }

    /// A path with one more key; a key that could be misread stands in quotes.
    private func path(_ path: String, _ key: String) -> String {
        let isPlain = key.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || ".-_".utf8.contains($0) }
        let shown = isPlain && (1...80).contains(key.utf8.count) ? key : quoted(key)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }
}
