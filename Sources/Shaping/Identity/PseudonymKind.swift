/// What a pseudonym stands for. The same digits as an id and as a phone number have nothing to do with each other.
///
/// The names are part of every pseudonym: whoever changes one changes what test environments have stored.
enum PseudonymKind: String, CaseIterable {
    case id
    case email
    case phone
    case ip
    case word
    // Keys of ciphers are made the same way, and no pseudonym may be one of them.
    case phoneCipher = "phone cipher"
    case ipCipher = "ip cipher"
    case digitsCipher = "digits cipher"
}
