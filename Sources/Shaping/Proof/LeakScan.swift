import Model
import Patterns

/// Looks in what is to be sent of a record for anything of the source that its policy does not let pass.
///
/// It works from the policy's definition, with a parser, a judge of places and actions of its own, and shares none of them
/// with the sanitizer whose work it judges (`docs/decisions/025`). For one thread.
package final class LeakScan {
    private let policy: SanitizePolicy
    private let actions: [any FieldAction]
    private let unlistedKey: any FieldAction
    private let valueJudge: PlaceJudge
    private let keyJudge: PlaceJudge
    private let headerRules: [(pattern: Pattern, rule: Int)]
    private let keptHeaders: [Pattern]
    /// What rules put in without looking at the record: texts, and names of members.
    private var constants: Set<[UInt8]> = []
    private var constantNames: Set<[UInt8]> = []
    private var made: [UInt8] = []
    /// Texts that nothing accounted for, so that they were searched: of an honest sanitizer none.
    package private(set) var searched = 0

    /// - Throws: what is wrong with the policy.
    package init(_ policy: SanitizePolicy, spaces: IdentitySpaces) throws(ShapeFault) {
        self.policy = policy
        actions = policy.rules.map { spaces.action($0.action) }
        unlistedKey = spaces.action(IdentitySpaces.unlistedKey)
        valueJudge = PlaceJudge(policy, keep: policy.keep) { if case .value(let path) = $0 { path } else { nil } }
        keyJudge = PlaceJudge(policy, keep: []) { if case .keyPath(let path) = $0 { path } else { nil } }
        do throws(PatternFault) {
            var headerRules: [(pattern: Pattern, rule: Int)] = []
            for (number, rule) in policy.rules.enumerated() {
                if case .header(let pattern) = rule.place { headerRules.append((try Pattern(pattern), number)) }
            }
            self.headerRules = headerRules
            keptHeaders = try policy.keepHeaders.map { text throws(PatternFault) in try Pattern(text) }
        } catch {
            throw ShapeFault("\(error)")
        }
        for text in ["***", "0", "false"] { constants.insert(Array(text.utf8)) }
        for rule in policy.rules {
            guard case .set(let json) = rule.action, let document = PlainDocument(Array(json.utf8)) else { continue }
            document.forEachText({ constants.insert($1) }, name: { constantNames.insert($0) })
        }
    }

    /// - Parameters:
    ///   - source: the record as it was read.
    ///   - sent: the same record as it is to be handed on.
    ///   - context: the one that it was sanitized in.
    package func finding(from source: SampleRecord, in sent: SampleRecord, context: FieldContext) -> LeakFinding? {
        let document = readsJSON ? source.value.flatMap { PlainDocument($0) } : nil
        let keyDocument = readsJSONKey ? source.key.flatMap { PlainDocument($0) } : nil
        let account = account(of: source, document, keyDocument, context)
        var names = constantNames
        for document in [document, keyDocument] { document?.forEachText({ _, _ in }, name: { names.insert($0) }) }
        if let value = sent.value,
            let found = search(value, as: "value", isJSON: readsJSON, account, names)
        {
            return found
        }
        if let key = sent.key, let found = search(key, as: "key", isJSON: readsJSONKey, account, names) {
            return found
        }
        let headerNames = Set(source.headers.map(\.name))
        for header in sent.headers {
            let part = "header \(Self.shown(header.name))"
            if !headerNames.contains(header.name), let found = search(header.name, as: "name of a header", account) {
                return found
            }
            if let value = header.value, let found = search(value, as: part, account) { return found }
        }
        return nil
    }

    /// The name comes from a record: it may hold anything.
    private static func shown(_ name: [UInt8]) -> String {
        let scalars = String(decoding: name.prefix(100), as: UTF8.self).unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?" as Unicode.Scalar
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private var readsJSON: Bool { policy.format == .json }
    private var readsJSONKey: Bool {
        policy.rules.contains { if case .keyPath = $0.place { true } else { false } }
    }
}

// MARK: - The source

extension LeakScan {
    private func account(
        of source: SampleRecord, _ document: PlainDocument?, _ keyDocument: PlainDocument?, _ context: FieldContext
    ) -> RecordAccount {
        var account = RecordAccount()
        if let document {
            for leaf in valueJudge.leaves(of: document) { add(leaf, context, to: &account) }
        } else if let value = source.value {
            add(PlaceJudge.Leaf(kind: .text, text: value, verdict: wholeValue), context, to: &account)
        }
        if let keyDocument {
            for leaf in keyJudge.leaves(of: keyDocument) { add(leaf, context, to: &account) }
        } else if let key = source.key {
            addKey(key, context, to: &account)
        }
        for header in source.headers {
            // One without a value may get one from its rule.
            let leaf = PlaceJudge.Leaf(
                kind: header.value == nil ? .null : .text, text: header.value ?? [],
                verdict: verdict(onHeader: header.name))
            add(leaf, context, to: &account)
        }
        return account
    }

    /// Of a value without places. One that should have some and cannot be read does not pass.
    private var wholeValue: PlaceJudge.Verdict {
        guard policy.format != .json else { return policy.unlisted == .keep ? .kept : .unlisted }
        if let rule = policy.rules.firstIndex(where: { if case .value = $0.place { true } else { false } }) {
            return .rule(rule)
        }
        return policy.unlisted == .keep || policy.keep.contains { $0.steps.isEmpty } ? .kept : .unlisted
    }

    private func addKey(_ key: [UInt8], _ context: FieldContext, to account: inout RecordAccount) {
        if policy.keepsKey { return account.keep(key) }
        if let rule = policy.rules.firstIndex(where: { $0.place == .key }) {
            return add(PlaceJudge.Leaf(kind: .text, text: key, verdict: .rule(rule)), context, to: &account)
        }
        switch policy.unlisted {
        case .keep: account.keep(key)
        case .drop: account.replace(key, rule: nil, action: nil, by: nil)
        case .mask:
            let made = apply(unlistedKey, to: key, .text, context)
            account.replace(key, rule: nil, action: IdentitySpaces.unlistedKey, by: made)
        }
    }

    private func verdict(onHeader name: [UInt8]) -> PlaceJudge.Verdict {
        let text = String(validating: name, as: UTF8.self)
        if let text, let met = headerRules.first(where: { $0.pattern.matchesWhole(text) }) { return .rule(met.rule) }
        if HeaderRules.credentials.contains(PlainText.lowercased(name)) { return .unlisted }
        if policy.unlisted == .keep { return .kept }
        return text.map { text in keptHeaders.contains { $0.matchesWhole(text) } } == true ? .kept : .unlisted
    }

    private func add(_ leaf: PlaceJudge.Leaf, _ context: FieldContext, to account: inout RecordAccount) {
        switch leaf.verdict {
        case .kept: account.keep(leaf.text)
        case .unlisted: account.replace(leaf.text, rule: nil, action: nil, by: nil)
        case .rule(let rule):
            let made = apply(actions[rule], to: leaf.text, leaf.kind, context)
            account.replace(leaf.text, rule: rule, action: policy.rules[rule].action, by: made)
        }
    }

    private func apply(
        _ action: any FieldAction, to text: [UInt8], _ kind: FieldKind, _ context: FieldContext
    ) -> [UInt8]? {
        made.removeAll(keepingCapacity: true)
        switch action.apply(to: text.span, kind: kind, context: context, into: &made) {
        case .text, .json: return made
        case .null, .drop, .mismatch: return nil
        }
    }
}

// MARK: - What is to be sent

extension LeakScan {
    private func search(
        _ bytes: [UInt8], as part: String, isJSON: Bool, _ account: RecordAccount, _ names: Set<[UInt8]>
    ) -> LeakFinding? {
        guard isJSON, let document = PlainDocument(bytes) else { return search(bytes, as: part, account) }
        var found: LeakFinding?
        document.forEachText(
            { found = found ?? search($1, as: part, account) },
            name: { if found == nil, !names.contains($0) { found = search($0, as: part, account) } })
        return found
    }

    /// Searches one text, unless it is accounted for: nearly all are, so that a scan costs little more than reading.
    private func search(_ text: [UInt8], as part: String, _ account: RecordAccount) -> LeakFinding? {
        guard !text.isEmpty, !account.accounted.contains(text), !constants.contains(text) else { return nil }
        searched += 1
        let search = TextSearch(text)
        for secret in account.secrets {
            if let form = search.form(of: secret.text) { return finding(secret, as: part, form) }
        }
        // Only then: two texts may have a part in common.
        return account.secrets.first { search.holdsPart(of: $0.text) }.map { finding($0, as: part, .fragment) }
    }

    private func finding(_ secret: RecordAccount.Secret, as part: String, _ form: LeakFinding.Form) -> LeakFinding {
        LeakFinding(
            rule: secret.rule.map { $0 + 1 },
            place: secret.rule.map { policy.rules[$0].place.described } ?? LeakFinding.unlistedPlace, part: part,
            form: form)
    }
}
