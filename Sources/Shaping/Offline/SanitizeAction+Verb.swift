import Model

extension SanitizeAction {
    /// What the configuration calls it.
    package var verb: String {
        switch self {
        case .drop: "drop"
        case .null: "null"
        case .set: "set"
        case .mask: "mask"
        case .partial: "partial"
        case .hash: "hash"
        case .pseudonym: "pseudonym"
        case .email: "email"
        case .phone: "phone"
        case .ip: "ip"
        case .url: "url"
        case .dictionary: "dictionary"
        case .noise: "noise"
        case .shiftTime: "shift_time"
        case .scrub: "scrub"
        case .digits: "fpe"
        }
    }
}
