/// Where in a JSON document something is: `$.user.email`, `$.items[*].sku`, `$.items[0]`, `$.labels.*`, `$..email`,
/// `$['a.b']`. A small part of RFC 9535: no filters, no slices, no unions.
package struct JSONPath: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
        /// `.*` and `[*]`: every member of an object, every element of an array.
        case any
        /// `..name`: members of that name at any depth.
        case anywhere(String)
    }

    package let steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// What a mistaken path is told.
    package static let expected = "a path such as $.user.email, $.items[*].sku or $..email"

    /// `nil` when `text` is no path.
    package init?(parsing text: String) {
        var rest = Array(text.unicodeScalars)[...]
        guard rest.popFirst() == "$" else { return nil }
        var steps: [Step] = []
        while let first = rest.first {
            guard let step = first == "." ? Self.dotted(&rest) : Self.bracketed(&rest) else { return nil }
            steps.append(step)
        }
        self.steps = steps
    }

    private static func dotted(_ rest: inout ArraySlice<Unicode.Scalar>) -> Step? {
        rest.removeFirst()
        let isAnywhere = rest.first == "."
        if isAnywhere { rest.removeFirst() }
        let name = rest.prefix { $0 != "." && $0 != "[" }
        guard !name.isEmpty, !name.contains(where: { $0 == "]" || $0 == "'" || $0 == "\"" }) else { return nil }
        rest.removeFirst(name.count)
        let text = String(String.UnicodeScalarView(name))
        if isAnywhere { return text == "*" ? nil : .anywhere(text) }
        return text == "*" ? .any : .key(text)
    }

    private static func bracketed(_ rest: inout ArraySlice<Unicode.Scalar>) -> Step? {
        guard rest.popFirst() == "[", let first = rest.first else { return nil }
        if first == "'" || first == "\"" {
            rest.removeFirst()
            let name = rest.prefix { $0 != first }
            rest.removeFirst(name.count)
            guard rest.popFirst() == first, rest.popFirst() == "]" else { return nil }
            return .key(String(String.UnicodeScalarView(name)))
        }
        let inside = rest.prefix { $0 != "]" }
        rest.removeFirst(inside.count)
        guard rest.popFirst() == "]" else { return nil }
        if inside.elementsEqual(["*"]) { return .any }
        guard !inside.isEmpty, inside.count <= 9, inside.allSatisfy({ ("0"..."9").contains($0) }),
            let index = Int(String(String.UnicodeScalarView(inside)))
        else { return nil }
        return .index(index)
    }
}

extension JSONPath: CustomStringConvertible {
    package var description: String {
        steps.reduce("$") { text, step in
            switch step {
            case .key(let name): text + (Self.isPlain(name) ? ".\(name)" : "['\(name)']")
            case .index(let index): "\(text)[\(index)]"
            case .any: "\(text).*"
            case .anywhere(let name): "\(text)..\(name)"
            }
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "*" && !name.contains { ".[]'\"".contains($0) }
    }
}
