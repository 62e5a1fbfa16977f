/// What a rule does to the text or number that it finds.
package enum SanitizeAction: Hashable, Sendable {
    /// The field, header or key is taken away.
    case drop
    case null
    /// A JSON text that is put in its place; for keys and headers, a string's text.
    case set(json: String)
    /// Every character becomes `with`; `length`: always so many. Numbers become 0, booleans false.
    case mask(with: String, length: Int?)
    /// All but so many characters at both ends become `with`. What is too short for that is masked whole.
    case partial(keepFirst: Int, keepLast: Int, with: String)
    /// SHA-256 in hexadecimal digits, without a key: whoever can list the possible values can undo it.
    case hash
    case pseudonym(identity: String, as: PseudonymForm)
    /// A pseudonym at a domain of its own.
    case email(identity: String, domain: String)
    case phone(identity: String, keepsCountry: Bool)
    /// Another address; `keepsPrefix`: addresses that share their first n bits share them afterwards, too.
    case ip(identity: String, keepsPrefix: Bool)
    case url(EndpointMap)
    /// One of the words, the same one for the same text.
    case dictionary(words: WordList, identity: String)
    /// A number, changed by at most this share of itself; the same for the same record.
    case noise(relative: Double)
    /// A time (ISO 8601 text, or seconds or milliseconds since 1970), moved by so many milliseconds.
    case shiftTime(milliseconds: Int64)
    /// What the detectors find in a text is replaced, the rest stays.
    case scrub([DetectorKind])
    /// Format-preserving encryption (FF1) of the digits in a text; `keepsLuhn`: the last digit is made right again.
    case digits(identity: String, keepsLuhn: Bool)

    package enum PseudonymForm: Hashable, Sendable {
        case uuid
        /// So many digits, 8 to 64.
        case hex(Int)
        /// So many characters, 8 to 52.
        case base32(Int)
        /// A whole number of so many decimal digits, 1 to 18, without a leading zero.
        case integer(Int)
    }
}

/// Where endpoints lead that are found in records.
package struct EndpointMap: Hashable, Sendable {
    /// Host, and what stands in its place: a host, or a host and port.
    package var replacements: [String: String] = [:]
    /// Hosts that may stay; `*.example.org`: and all below it.
    package var allowed: [String] = []
    /// The host of every other endpoint.
    package var neutralHost = "neutralised.invalid"

    package init(_ replacements: [String: String] = [:]) {
        self.replacements = replacements
    }
}

extension EndpointMap: CustomStringConvertible {
    /// The same in every process: a dictionary's own order is not.
    package var description: String {
        let pairs = replacements.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "EndpointMap(\(pairs), \(allowed), \(neutralHost))"
    }
}

/// What is found in running text.
package enum DetectorKind: String, Sendable, CaseIterable {
    case email, card, iban, ip, phone, jwt
}
