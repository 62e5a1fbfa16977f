extension FieldKind {
    private static let maskedString = Array("\"***\"".utf8)
    private static let maskedNumber = Array("0".utf8)
    private static let maskedBoolean = Array("false".utf8)
    /// What a place that nobody listed becomes outside of JSON.
    static let maskedText = Array("***".utf8)
    static let nullText = Array("null".utf8)

    /// What a value of this kind that nobody listed becomes: of the same kind, and it tells not even its length.
    var mask: [UInt8] {
        switch self {
        case .string: Self.maskedString
        case .number: Self.maskedNumber
        case .boolean: Self.maskedBoolean
        case .text: Self.maskedText
        case .null, .object, .array: Self.nullText
        }
    }
}
