import Model

extension ShapeProposal {
    private struct Place {
        let path: String
        let name: PlaceName
        let node: ProposalNode
    }

    /// More rules than anybody reads, and than one policy bears.
    private static let rulesMax = 300

    /// One entry for `shape.sanitize.policies`.
    package var yaml: String {
        root.settle()
        var lines = [
            "# Proposed from \(recordCount) records. The detectors guess by what they saw: read every line before use.",
            "- topics: [\(Self.quoted(topic))]", "  class: pii",
        ]
        if valueCount > 0, unreadableCount == valueCount {
            lines += ["  # No value is JSON: each is masked as a whole.", "  format: text"]
        } else if unreadableCount > 0 {
            lines.append("  # \(unreadableCount) of \(valueCount) values are no JSON: such records go aside.")
        }
        lines.append("  unlisted: mask")
        var rules: [String] = []
        var others: [String] = []
        for place in places {
            let seen = "\(Self.kinds(of: place.node)), in \(place.node.recordCount) of \(recordCount)"
            if place.node.hasDataNames { others += Self.names(of: place) }
            if let (action, reason) = rule(place), rules.count < 2 * Self.rulesMax {
                rules += ["    # \(seen): \(reason)", "    - { path: \(Self.quoted(place.path)), \(action) }"]
            } else {
                others += unruled(place, seen)
            }
        }
        if !rules.isEmpty { lines += ["  rules:"] + rules }
        if !others.isEmpty {
            lines += ["  # Masked, since no rule names them; `keep` lets a place pass as it is:"] + others
        }
        if isFull { lines.append("  # There are more places; they are masked, too.") }
        return (lines + keyAndHeaders).joined(separator: "\n") + "\n"
    }

    private var keyAndHeaders: [String] {
        var lines: [String] = []
        if keyCount > 0 {
            lines += [
                "  # Keys (\(keyCount) of \(recordCount) records have one) become a keyed hash: equal ones stay equal. To join "
                    + "them with a place:",
                "  #   - { key: true, do: pseudonym, identity: \(identity("record")), as: uuid }",
            ]
        }
        if !headerNames.isEmpty {
            let names = headerNames.sorted().map(Self.quoted).joined(separator: ", ")
            lines.append("  # Headers are masked, credentials taken away; `keep-headers` lets one pass: \(names)")
        }
        return lines
    }

    private var places: [Place] {
        var places: [Place] = []
        func walk(_ node: ProposalNode, _ path: String, _ name: String) {
            let children = node.children
            if children.isEmpty || node.hasDataNames || !node.kinds.isSubset(of: [.object, .array]),
                !node.kinds.isEmpty
            {
                places.append(Place(path: path, name: PlaceName(name), node: node))
            }
            for (step, child) in children {
                switch step {
                case .member(let member): walk(child, path + Self.written(member), member)
                case .each: walk(child, path + ".*", name)
                case .element: walk(child, path + "[*]", name)
                }
            }
        }
        walk(root, "$", "")
        return places
    }

    // MARK: Rules

    private func rule(_ place: Place) -> (action: String, reason: String)? {
        let node = place.node
        guard place.path != "$", let meaning = node.guess.meaning else { return nil }
        let isText = node.kinds.isSubset(of: [.string, .null])
        // Ids of digits look like phones and now and then like cards.
        let isIdentifier = place.name.isIdentifier
        switch meaning {
        case .detected(.card):
            guard node.kinds.isSubset(of: [.string, .number, .null]), !isIdentifier else { return nil }
            return ("do: fpe, identity: \(identity("card")), luhn: keep", "card numbers")
        case .detected(.email) where isText:
            return ("do: email, identity: \(identity("person"))", "email addresses")
        case .detected(.iban) where isText: return ("do: partial, keep-first: 2", "IBANs; the country stays")
        case .detected(.ip) where isText: return ("do: ip, identity: \(identity("address"))", "IP addresses")
        case .detected(.phone) where isText && !isIdentifier:
            return ("do: phone, identity: \(identity("phone"))", "phone numbers")
        case .detected(.jwt) where isText: return ("do: drop", "tokens")
        case .url(isPlain: true) where isText:
            return ("do: url", "URLs; other hosts than yours become neutral, the path stays")
        default: return nil
        }
    }

    /// Names are never masked: whoever reads the proposal has to know which ones are data.
    private static func names(of place: Place) -> [String] {
        [
            "  # \(place.path): names in it look like data, and names stay; only `do: drop`, `null` or `set` on it takes them"
        ]
    }

    /// Comment lines only.
    private func unruled(_ place: Place, _ seen: String) -> [String] {
        let path = Self.quoted(place.path)
        let guess = place.node.guess
        var lines = ["  # \(place.path): \(seen)"]
        func suggest(_ why: String, _ action: String) {
            lines[0] += "; \(why):"
            lines.append("  #   - { path: \(path), \(action) }")
        }
        guard place.path != "$" else { return lines }
        if place.name.isIdentifier, place.node.kinds.isSubset(of: [.string, .number, .null]) {
            let form = place.node.kinds.contains(.number) ? "int(15)" : "uuid"
            suggest(
                "its name says id; to join by it", "do: pseudonym, identity: \(identity(place.name.owner)), as: \(form)"
            )
        } else if case .url = guess.meaning {
            suggest("URLs with a query or a user, which would stay", "do: url")
        } else if !guess.within.isEmpty, place.node.kinds.isSubset(of: [.string, .null]) {
            let found = DetectorKind.allCases.filter(guess.within.contains).map(\.rawValue).joined(separator: ", ")
            suggest("holds \(found); to keep the words around it", "do: scrub")
        }
        return lines
    }

    private func identity(_ name: String) -> String {
        let name = identities.isEmpty || identities.contains(name) ? name : identities[0]
        return Self.quoted(name)
    }

    // MARK: Text

    private static func kinds(of node: ProposalNode) -> String {
        let names: [(FieldKind, String)] = [
            (.string, "string"), (.number, "number"), (.boolean, "boolean"), (.object, "object"), (.array, "array"),
            (.null, "null"),
        ]
        return names.filter { node.kinds.contains($0.0) }.map(\.1).joined(separator: " or ")
    }

    /// A step to a member of that name.
    private static func written(_ name: String) -> String {
        if name != "*", !name.contains(where: { ".[]'\"".contains($0) }) { return ".\(name)" }
        return name.contains("'") ? "[\"\(name)\"]" : "['\(name)']"
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}
