/// Why a text is no regular expression.
///
/// It never holds the expression itself: that may have come from a place which must not be printed.
package struct PatternFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// PCRE2's words for it.
    package let message: String
    /// Where in the expression's UTF-8 bytes PCRE2 noticed, counted from 0.
    package let bytePosition: Int

    package var description: String {
        "\(message) at byte \(bytePosition); correct the expression, and write \\ before a character meant literally"
    }
}
