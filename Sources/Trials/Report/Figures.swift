import Console
import Foundation

/// Numbers as a report writes them. Whatever is no number is a dash, so that it is never taken for a zero.
package enum Figures {
    package static let none = "–"

    /// Three digits or so: `950`, `12.3 k`, `4.57 M`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return none }
        let size = value.magnitude
        if size >= 999_950_000 { return decimal(value / 1e9, places: 2) + " G" }
        if size >= 999_950 { return decimal(value / 1e6, places: 2) + " M" }
        if size >= 9_999.5 { return decimal(value / 1e3, places: 1) + " k" }
        if size >= 100 || value == value.rounded() { return Quantity.count(Int64(value.rounded())) }
        return decimal(value, places: size < 1 ? 2 : 1)
    }

    package static func milliseconds(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        if value.magnitude < 9.95 { return decimal(value, places: 1) + " ms" }
        if value.magnitude < 999.5 { return decimal(value, places: 0) + " ms" }
        return seconds(value / 1_000)
    }

    package static func seconds(_ value: Double?) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return none }
        if value.magnitude < 119.95 { return decimal(value, places: 1) + " s" }
        return Quantity.duration(seconds: Int64(value.rounded()))
    }

    package static func count(_ value: Int64?) -> String {
        value.map { Quantity.count($0) } ?? none
    }

    /// Rounded to so many places, trailing zeros cut: `2.5`, `3`.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return none }
        let unit = [1, 10, 100, 1_000][min(max(places, 0), 3)]
        let scaled = Int64((value * Double(unit)).rounded())
        let whole = Quantity.count(scaled.magnitude / UInt64(unit))
        var fraction = String(scaled.magnitude % UInt64(unit))
        if unit == 1 { fraction = "" } else { fraction = padded(fraction, toDigitsOf: unit) }
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (scaled < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }

    private static func padded(_ digits: String, toDigitsOf unit: Int) -> String {
        String(repeating: "0", count: String(unit).count - 1 - digits.count) + digits
    }

    /// `2026-08-01 12:00 UTC`.
    package static func minute(_ date: Date) -> String {
        date.formatted(.iso8601).prefix(16).replacing("T", with: " ") + " UTC"
    }

    /// A length of a drawing: a tenth of a pixel is fine enough, and keeps pages small.
    static func length(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int64((min(max(value, -1e6), 1e6) * 10).rounded())
        let fraction = tenths.magnitude % 10
        return (tenths < 0 ? "-" : "") + String(tenths.magnitude / 10) + (fraction == 0 ? "" : ".\(fraction)")
    }

    /// Text from outside as one harmless line: topics, commands and reasons may hold anything, and neither a terminal's
    /// escapes nor marks that turn the writing direction may act on what stands beside them.
    package static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 9, 10, 13: " "
                    case ..<32, 127..<160, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// Cut to a length, with a sign that it was.
    package static func clipped(_ text: String, to length: Int) -> String {
        text.count <= length ? text : text.prefix(max(1, length) - 1) + "…"
    }
}
