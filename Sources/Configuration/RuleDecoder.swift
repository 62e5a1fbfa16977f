import Model

/// Reads one rule of a policy: where, and what is done there.
struct RuleDecoder {
    let reader: FieldReader
    /// Spaces of pseudonyms that the file declares; others exist by being named, without a canonical form.
    let identities: Set<String>

    private enum Key: String, CaseIterable {
        case path, key, header
        case verb = "do"
        case identity
        case form = "as"
        case with, length
        case keepFirst = "keep-first"
        case keepLast = "keep-last"
        case domain, keep
        case keepPrefix = "keep-prefix"
        case map, allow
        case otherwise = "else"
        case words, file, relative, by, value, detectors, luhn
    }

    private enum Verb: String, CaseIterable {
        case drop, null, set, mask, partial, hash, pseudonym, email, phone, ip, url, dictionary, noise
        case shiftTime = "shift_time"
        case scrub
        case fpe

        /// What it may say besides.
        var keys: Set<Key> {
            switch self {
            case .drop, .null, .hash: []
            case .set: [.value]
            case .mask: [.with, .length]
            case .partial: [.keepFirst, .keepLast, .with]
            case .pseudonym: [.identity, .form]
            case .email: [.identity, .domain]
            case .phone: [.identity, .keep]
            case .ip: [.identity, .keepPrefix]
            case .url: [.map, .allow, .otherwise]
            case .dictionary: [.words, .file, .identity]
            case .noise: [.relative]
            case .shiftTime: [.by]
            case .scrub: [.detectors]
            case .fpe: [.identity, .luhn]
            }
        }
    }

    func rule(_ field: Field) -> SanitizeRule? {
        let verbs = Verb.allCases.map(\.rawValue).joined(separator: ", ")
        guard let section = reader.section(field, keys: Key.self), let place = place(section),
            let named = reader.required(.verb, of: section, expected: "one of \(verbs)"),
            let verb = reader.choice(named, of: Verb.self)
        else { return nil }
        let common: Set<Key> = [.path, .key, .header, .verb]
        for key in Key.allCases where !common.contains(key) && !verb.keys.contains(key) {
            guard let field = section[key] else { continue }
            reader.ledger.note(at: field.place, "\(field.path) says nothing to \(quoted(verb.rawValue)); remove it")
        }
        return action(verb, section).map { SanitizeRule(place, $0) }
    }

    private func place(_ section: Section<Key>) -> FieldPlace? {
        let given = [Key.path, .key, .header].filter { section[$0] != nil }
        guard given.count == 1, let key = given.first, let field = section[key] else {
            reader.ledger.note(
                at: section.place, "\(section.path) names \(given.count) places; expected one of path, key and header")
            return nil
        }
        switch key {
        case .path:
            return reader.value(field, expected: JSONPath.expected) { JSONPath(parsing: $0).map { .value($0) } }
        case .key:
            return reader.value(field, expected: "true for the whole key, or \(JSONPath.expected) in it") { text in
                text == "true" ? .key : JSONPath(parsing: text).map { .keyPath($0) }
            }
        default:
            return reader.value(field, expected: "a header's name or a regular expression") { text in
                text.isEmpty ? nil : .header(text)
            }
        }
    }

    private func action(_ verb: Verb, _ section: Section<Key>) -> SanitizeAction? {
        switch verb {
        case .drop: return .drop
        case .null: return .null
        case .hash: return .hash
        case .set:
            return text(.value, of: section, expected: "a JSON text, such as '\"none\"' or 0").map { .set(json: $0) }
        case .mask: return .mask(with: mask(section), length: number(.length, of: section, in: 0...1_000))
        case .partial:
            return .partial(
                keepFirst: number(.keepFirst, of: section, in: 0...64) ?? 0,
                keepLast: number(.keepLast, of: section, in: 0...64) ?? 0, with: mask(section))
        case .pseudonym: return identity(section).map { .pseudonym(identity: $0, as: form(section)) }
        case .email:
            let domain = section[.domain].flatMap { field in
                reader.value(field, expected: "a domain, such as staging.invalid") { $0.isPlainHost ? $0 : nil }
            }
            return identity(section).map { .email(identity: $0, domain: domain ?? "mail.invalid") }
        case .phone:
            let keeps = section[.keep].flatMap {
                reader.value($0, expected: "country") { $0 == "country" ? true : nil }
            }
            return identity(section).map { .phone(identity: $0, keepsCountry: keeps ?? false) }
        case .ip:
            let keeps = section[.keepPrefix].flatMap { reader.flag($0) } ?? false
            return identity(section).map { .ip(identity: $0, keepsPrefix: keeps) }
        case .url: return .url(endpoints(section))
        case .dictionary: return dictionary(section)
        case .noise:
            return reader.required(.relative, of: section, expected: ShapeDecoder.ratioExpected)
                .flatMap { reader.value($0, expected: ShapeDecoder.ratioExpected, parse: ShapeDecoder.ratio) }
                .map { .noise(relative: $0) }
        case .shiftTime: return shift(section)
        case .scrub: return .scrub(detectors(section))
        case .fpe:
            let luhn = section[.luhn].flatMap { reader.value($0, expected: "keep") { $0 == "keep" ? true : nil } }
            return identity(section).map { .digits(identity: $0, keepsLuhn: luhn ?? false) }
        }
    }

    private func text(_ key: Key, of section: Section<Key>, expected: String) -> String? {
        reader.required(key, of: section, expected: expected).flatMap { reader.text($0, expected: expected)?.value }
    }

    private func number(_ key: Key, of section: Section<Key>, in bounds: ClosedRange<Int>) -> Int? {
        section[key].flatMap { reader.wholeNumber($0, in: bounds) }
    }

    private func mask(_ section: Section<Key>) -> String {
        section[.with].flatMap { field in
            reader.value(field, expected: "one character") { $0.unicodeScalars.count == 1 ? $0 : nil }
        } ?? "*"
    }

    private func identity(_ section: Section<Key>) -> String? {
        let expected = "the name of a space of pseudonyms, such as person"
        guard let name = text(.identity, of: section, expected: expected) else { return nil }
        if !identities.isEmpty, !identities.contains(name), let field = section[.identity] {
            let near = nearestName(to: name, among: identities.sorted()).map { "; did you mean \(quoted($0))?" } ?? ""
            reader.ledger.note(
                at: field.place, "\(field.path) is \(quoted(name)); expected one of `identities`\(near)")
        }
        return name
    }

    private func form(_ section: Section<Key>) -> SanitizeAction.PseudonymForm {
        section[.form].flatMap { field in
            reader.value(field, expected: "uuid, hex(8...64), base32(8...52) or int(1...18)", parse: Self.form)
        } ?? .uuid
    }

    private static func form(_ text: String) -> SanitizeAction.PseudonymForm? {
        if text == "uuid" { return .uuid }
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "("),
            let count = wholeNumber(String(text[text.index(after: open)...].dropLast())).flatMap(Int.init(exactly:))
        else { return nil }
        switch text[..<open] {
        case "hex" where (8...64).contains(count): return .hex(count)
        case "base32" where (8...52).contains(count): return .base32(count)
        case "int" where (1...18).contains(count): return .integer(count)
        default: return nil
        }
    }

    private func endpoints(_ section: Section<Key>) -> EndpointMap {
        var map = EndpointMap()
        for entry in section[.map].flatMap({ reader.entries($0, expected: "a map of hosts to hosts") }) ?? [] {
            if let target = reader.text(entry.field, expected: "a host, or a host and port") {
                map.replacements[entry.name.lowercased()] = target.value
            }
        }
        map.allowed =
            section[.allow].flatMap { reader.list($0, expected: "a host, or *.domain") { $0.isEmpty ? nil : $0 } } ?? []
        if let field = section[.otherwise] {
            map.neutralHost =
                reader.value(field, expected: "neutralise, or a host") { text in
                    text == "neutralise" ? map.neutralHost : text.isPlainHost ? text : nil
                } ?? map.neutralHost
        }
        return map
    }

    private func dictionary(_ section: Section<Key>) -> SanitizeAction? {
        guard let identity = identity(section) else { return nil }
        switch (section[.words], section[.file]) {
        case (let field?, nil):
            return reader.list(field, expected: "a word", parse: { $0.isEmpty ? nil : $0 })
                .map { .dictionary(words: WordList($0), identity: identity) }
        case (nil, let field?): return words(inFile: field).map { .dictionary(words: $0, identity: identity) }
        case (nil, nil):
            reader.ledger.note(
                at: section.place, "\(section.path) has no words; expected words: a list, or file: one word a line")
        case (_?, let field?):
            reader.ledger.note(at: field.place, "\(field.path) stands beside words; keep one of the two")
        }
        return nil
    }

    private func words(inFile field: Field) -> WordList? {
        let expected = "the path of a file with one word a line"
        guard let path = reader.text(field, expected: expected) else { return nil }
        guard !path.value.isEmpty else {
            reader.refuse(path, of: field, expected: expected)
            return nil
        }
        do {
            return try WordFile.words(in: reader.path(besideFile: path.value))
        } catch {
            reader.ledger.note(
                at: field.place, "\(field.path) names the file \(quoted(path.written)), which \(error.text)")
            return nil
        }
    }

    private func shift(_ section: Section<Key>) -> SanitizeAction? {
        let expected = "a duration, such as -3600s or 500ms"
        guard let field = reader.required(.by, of: section, expected: expected) else { return nil }
        return reader.value(field, expected: expected) { text in
            let isBack = text.hasPrefix("-")
            return Unit.durations.parse(isBack ? String(text.dropFirst()) : text)
                .map { .shiftTime(milliseconds: isBack ? -$0 : $0) }
        }
    }

    private func detectors(_ section: Section<Key>) -> [DetectorKind] {
        guard let field = section[.detectors] else { return DetectorKind.allCases }
        let names = DetectorKind.allCases.map(\.rawValue).joined(separator: ", ")
        return reader.list(field, expected: "one of \(names)", parse: DetectorKind.init(rawValue:)) ?? []
    }
}

extension String {
    /// Letters, digits, `-` and dots: what may stand as a host in a record.
    fileprivate var isPlainHost: Bool {
        (1...253).contains(utf8.count)
            && utf8.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
            && !hasPrefix(".") && !contains("..")
    }
}
