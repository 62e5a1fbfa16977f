/// A piece of HTML or SVG. What is interpolated into one is escaped unless it is markup itself: no text from outside gets
/// into a page by being forgotten.
package struct Markup: Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String

    package init(stringLiteral value: String) {
        text = value
    }

    package init(stringInterpolation: Interpolation) {
        text = stringInterpolation.text
    }

    /// For text that was made here and holds no markup's signs, such as the data of a path.
    init(raw text: String) {
        self.text = text
    }

    init(_ parts: some Sequence<Markup>) {
        text = parts.lazy.map(\.text).joined()
    }

    static func += (left: inout Markup, right: Markup) {
        left.text += right.text
    }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 8)
        }

        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        package mutating func appendInterpolation(_ value: String) {
            text += Markup.escaped(value)
        }

        package mutating func appendInterpolation(_ value: Int) {
            text += String(value)
        }

        /// A length of a drawing.
        package mutating func appendInterpolation(_ value: Double) {
            text += Figures.length(value)
        }

        package mutating func appendInterpolation(_ value: Markup) {
            text += value.text
        }

        package mutating func appendInterpolation(_ value: some Sequence<Markup>) {
            for part in value { text += part.text }
        }
    }

    /// Fit for an element's text and for an attribute in either quotes.
    package static func escaped(_ text: String) -> String {
        var answer = ""
        answer.reserveCapacity(text.utf8.count + 8)
        for scalar in Figures.plain(text).unicodeScalars {
            switch scalar {
            case "&": answer += "&amp;"
            case "<": answer += "&lt;"
            case ">": answer += "&gt;"
            case "\"": answer += "&quot;"
            case "'": answer += "&#39;"
            default: answer.unicodeScalars.append(scalar)
            }
        }
        return answer
    }
}
