import Crypto

/// The bytes that a text of hexadecimal digits is.
func bytes(hex text: String) -> [UInt8] {
    let digits = Array(text.utf8).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The first 38 digits of a text of digits.
func digitString(_ text: String) -> DigitString {
    var digits = DigitString()
    for digit in text.utf8 { _ = digits.append(digit - 48) }
    return digits
}
