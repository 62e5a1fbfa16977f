import Model
import Shaping

/// An action of an identity space `person`, applied to one field after the other.
struct IdentityBench {
    struct Result: Hashable {
        var outcome: FieldOutcome
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    let action: any FieldAction

    init?(_ action: SanitizeAction, canonical: [IdentityDefinition.Step] = [], key: String = "key") {
        var definition = SanitizeDefinition(key: Secret(Array(key.utf8)))
        var person = IdentityDefinition(name: "person")
        person.canonical = canonical
        definition.identities = [person]
        let made = IdentityActions.make(action, spaces: IdentitySpaces(definition))
        guard let made else { return nil }
        self.action = made
    }

    func result(of bytes: [UInt8], kind: FieldKind = .string) -> Result {
        var out: [UInt8] = []
        let context = FieldContext(recordSeed: 1, timestampMilliseconds: 2)
        let outcome = action.apply(to: bytes.span, kind: kind, context: context, into: &out)
        return Result(outcome: outcome, bytes: out)
    }

    func result(of text: String, kind: FieldKind = .string) -> Result {
        result(of: Array(text.utf8), kind: kind)
    }

    /// What takes the text's place.
    func text(for text: String, kind: FieldKind = .string) -> String {
        result(of: text, kind: kind).text
    }

    /// The reason why nothing does.
    func refusal(of text: String, kind: FieldKind = .string) -> String? {
        guard case .mismatch(let reason) = result(of: text, kind: kind).outcome else { return nil }
        return "\(reason)"
    }
}

extension SanitizeAction {
    /// One of each action on identities, and of each form.
    static let identityActions: [SanitizeAction] = [
        .pseudonym(identity: "person", as: .uuid), .pseudonym(identity: "person", as: .hex(64)),
        .pseudonym(identity: "person", as: .base32(52)), .pseudonym(identity: "person", as: .integer(18)),
        .email(identity: "person", domain: "staging.invalid"), .phone(identity: "person", keepsCountry: true),
        .phone(identity: "person", keepsCountry: false), .ip(identity: "person", keepsPrefix: true),
        .ip(identity: "person", keepsPrefix: false),
        .dictionary(words: WordList(["Aachen", "Bonn", "Celle"]), identity: "person"),
        .digits(identity: "person", keepsLuhn: false), .digits(identity: "person", keepsLuhn: true),
    ]
}
