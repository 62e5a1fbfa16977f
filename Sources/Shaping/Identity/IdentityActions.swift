import Model

/// The actions that make the same of the same text, wherever it stands.
package enum IdentityActions {
    /// `nil`: the action is not one of them. The result is for one thread.
    package static func make(_ action: SanitizeAction, spaces: IdentitySpaces) -> (any FieldAction)? {
        switch action {
        case .pseudonym(let identity, let form): PseudonymAction(form, in: spaces[identity])
        case .email(let identity, let domain): EmailAction(domain: domain, in: spaces[identity])
        case .phone(let identity, let keepsCountry): PhoneAction(keepsCountry: keepsCountry, in: spaces[identity])
        case .ip(let identity, let keepsPrefix): IPAction(keepsPrefix: keepsPrefix, in: spaces[identity])
        case .dictionary(let words, let identity): DictionaryAction(words, in: spaces[identity])
        case .digits(let identity, let keepsLuhn): DigitsAction(keepsLuhn: keepsLuhn, in: spaces[identity])
        case .drop, .null, .set, .mask, .partial, .hash, .url, .noise, .shiftTime, .scrub: nil
        }
    }
}
