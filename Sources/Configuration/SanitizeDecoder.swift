import Model
import Shaping

/// Reads what is masked, and how: `shape.sanitize`.
struct SanitizeDecoder {
    let reader: FieldReader

    private enum Key: String, CaseIterable { case key, identities, policies }
    private enum IdentityKey: String, CaseIterable { case canonical }
    private enum PolicyKey: String, CaseIterable {
        case topics
        case dataClass = "class"
        case format, unlisted, keep
        case keepKey = "keep-key"
        case keepHeaders = "keep-headers"
        case rules, include
        case onUnparseable = "on-unparseable"
        case onTypeMismatch = "on-type-mismatch"
        case onUnmatchedPath = "on-unmatched-path"
        case plaintextReason = "plaintext-reason"
    }

    /// A shorter key could be guessed.
    private static let keyBytesMin = 16

    func sanitize(_ field: Field) -> SanitizeDefinition? {
        let keyExpected = "a secret of at least \(Self.keyBytesMin) bytes, such as ${file:/etc/martlet/mask.key}"
        guard let section = reader.section(field, keys: Key.self),
            let key = reader.required(.key, of: section, expected: keyExpected),
            let secret = reader.text(key, expected: keyExpected)
        else { return nil }
        guard secret.value.utf8.count >= Self.keyBytesMin else {
            reader.ledger.note(at: key.place, "\(key.path) is too short; expected \(keyExpected)")
            return nil
        }
        var definition = SanitizeDefinition(key: Secret(Array(secret.value.utf8)))
        definition.identities = section[.identities].flatMap { identities(in: $0) } ?? []
        let expected = "a list of policies, such as [{ topics: [orders], keep: [$.id] }]"
        definition.policies =
            reader.required(.policies, of: section, expected: expected)
            .flatMap { reader.items($0, expected: expected) }?
            .compactMap { policy($0, identities: Set(definition.identities.map(\.name))) } ?? []
        return definition
    }

    private func identities(in field: Field) -> [IdentityDefinition]? {
        reader.entries(field, expected: "a map of names, such as { person: { canonical: [trim, lowercase] } }")?
            .map { entry in
                var identity = IdentityDefinition(name: entry.name)
                guard let section = reader.section(entry.field, keys: IdentityKey.self),
                    let canonical = section[.canonical]
                else { return identity }
                let steps = IdentityDefinition.Step.allCases.map(\.rawValue).joined(separator: ", ")
                identity.canonical =
                    reader.list(canonical, expected: "one of \(steps)", parse: IdentityDefinition.Step.init) ?? []
                return identity
            }
    }

    private func policy(_ field: Field, identities: Set<String>) -> SanitizePolicy? {
        guard let section = reader.section(field, keys: PolicyKey.self),
            let topics = reader.required(.topics, of: section, expected: FieldReader.topicsExpected)
                .flatMap({ reader.topicEntries($0) })
        else { return nil }
        var policy = SanitizePolicy(topics: topics)
        policy.dataClass =
            section[.dataClass].flatMap { reader.choice($0, of: SanitizePolicy.DataClass.self) } ?? policy.dataClass
        policy.format = section[.format].flatMap { reader.choice($0, of: SanitizePolicy.Format.self) } ?? policy.format
        policy.unlisted =
            section[.unlisted].flatMap { reader.choice($0, of: SanitizePolicy.Unlisted.self) } ?? policy.unlisted
        policy.keep =
            section[.keep].flatMap {
                reader.list($0, expected: JSONPath.expected, parse: JSONPath.init(parsing:))
            } ?? []
        policy.keepsKey = section[.keepKey].flatMap { reader.flag($0) } ?? false
        policy.keepHeaders =
            section[.keepHeaders].flatMap {
                reader.list($0, expected: "a header's name or a regular expression") { $0.isEmpty ? nil : $0 }
            } ?? []
        policy.rules =
            section[.rules].flatMap { rules in
                reader.items(rules, expected: "a list of rules, such as [{ path: $.name, do: mask }]")?
                    .compactMap { RuleDecoder(reader: reader, identities: identities).rule($0) }
            } ?? []
        if let include = section[.include] {
            let names = SideEffectRules.allCases.map(\.rawValue).joined(separator: ", ")
            let sets = reader.list(include, expected: "one of \(names)", parse: SideEffectRules.init(rawValue:)) ?? []
            // Where the policy has a rule of its own, that one holds.
            for rule in sets.flatMap(\.rules) where !policy.rules.contains(where: { $0.place == rule.place }) {
                policy.rules.append(rule)
            }
        }
        func failure(_ key: PolicyKey) -> SanitizePolicy.FailurePolicy? {
            section[key].flatMap { reader.choice($0, of: SanitizePolicy.FailurePolicy.self) }
        }
        policy.onUnparseable = failure(.onUnparseable) ?? policy.onUnparseable
        policy.onTypeMismatch = failure(.onTypeMismatch) ?? policy.onTypeMismatch
        policy.onUnmatchedPath = failure(.onUnmatchedPath)
        policy.plaintextReason = section[.plaintextReason].flatMap { reason in
            reader.value(reason, expected: "why plain values may pass, in a few words") { text in
                text.allSatisfy(\.isWhitespace) ? nil : text
            }
        }
        for problem in policy.problems { reader.ledger.note(at: field.place, "\(field.path): \(problem)") }
        return policy
    }
}

/// Rules that keep a copy of production from reaching out: to be included by name.
enum SideEffectRules: String, CaseIterable {
    /// Credentials in headers and values.
    case secrets
    /// Addresses that something would call.
    case webhooks
    /// Addresses that something would write to.
    case mail

    var rules: [SanitizeRule] {
        switch self {
        case .secrets:
            [
                SanitizeRule(
                    .header("(?i)authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token"), .drop)
            ]
                + Self.anywhere(
                    [
                        "password", "passwd", "secret", "token", "accessToken", "access_token", "refreshToken",
                        "refresh_token", "apiKey", "api_key", "clientSecret", "client_secret", "privateKey",
                        "private_key",
                    ],
                    .mask(with: "*", length: 8))
        case .webhooks:
            Self.anywhere(
                [
                    "callbackUrl", "callback_url", "callback", "webhook", "webhookUrl", "webhook_url", "notifyUrl",
                    "notify_url", "redirectUrl", "redirect_url", "endpoint", "url", "uri", "href",
                ], .url(EndpointMap()))
        case .mail:
            Self.anywhere(
                ["email", "eMail", "e_mail", "mail", "emailAddress", "email_address", "recipient"],
                .email(identity: "mail", domain: "mail.invalid"))
        }
    }

    private static func anywhere(_ names: [String], _ action: SanitizeAction) -> [SanitizeRule] {
        names.map { SanitizeRule(.value(JSONPath([.anywhere($0)])), action) }
    }
}
