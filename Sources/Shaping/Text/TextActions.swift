import Model

/// The actions that need no identity and no key.
package enum TextActions {
    /// `nil`: the action makes a pseudonym and is built elsewhere.
    package static func make(_ action: SanitizeAction) -> (any FieldAction)? {
        switch action {
        case .drop: DropAction()
        case .null: NullAction()
        case .set(let json): SetAction(json: json)
        case .mask(let mask, let length): MaskAction(with: mask, length: length)
        case .partial(let first, let last, let mask): PartialAction(keepFirst: first, keepLast: last, with: mask)
        case .hash: HashAction()
        case .url(let map): URLAction(map)
        case .noise(let relative): NoiseAction(relative: relative)
        case .shiftTime(let milliseconds): ShiftTimeAction(milliseconds: milliseconds)
        case .scrub(let kinds): ScrubAction(kinds)
        case .pseudonym, .email, .phone, .ip, .dictionary, .digits: nil
        }
    }
}
