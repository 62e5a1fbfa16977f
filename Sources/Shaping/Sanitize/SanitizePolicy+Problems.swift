import Model
import Patterns

extension SanitizePolicy {
    /// What is wrong with it, each with what to do; empty: a sanitizer can be made.
    package var problems: [String] {
        placeProblems + keepProblems + formatProblems + keyProblems + headerProblems + conflicts + actionProblems
            + classProblems + sizeProblems
    }

    private var valuePaths: [JSONPath] {
        rules.compactMap { if case .value(let path) = $0.place { path } else { nil } }
    }

    private var keyPaths: [JSONPath] {
        rules.compactMap { if case .keyPath(let path) = $0.place { path } else { nil } }
    }

    private var placeProblems: [String] {
        rules.indices.flatMap { index in
            rules[..<index].contains { $0.place.isSame(as: rules[index].place) }
                ? ["rule \(index + 1): \(rules[index].place.described) has a rule already; remove one of them"] : []
        }
    }

    private var keepProblems: [String] {
        keep.indices.flatMap { index in
            var found: [String] = []
            if keep[..<index].contains(where: { $0.isSame(as: keep[index]) }) {
                found.append("keep names \(keep[index]) twice; remove one of them")
            }
            if valuePaths.contains(where: { $0.isSame(as: keep[index]) }) {
                found.append("\(keep[index]) is kept and has a rule; remove one of them")
            }
            return found
        }
    }

    private var formatProblems: [String] {
        let all = valuePaths + keep
        switch format {
        case .json:
            return all.filter(\.steps.isEmpty).map { _ in
                "$ is the whole JSON value; name places in it, or say what happens to unlisted ones"
            }
        case .text:
            return all.filter { !$0.steps.isEmpty }.map {
                "\($0) needs JSON values; with the format text only $, the whole value, has rules"
            }
        case .bytes:
            let places = all.map { "\($0) needs JSON values; values of the format bytes have no places" }
            guard unlisted == .mask else { return places }
            return places + ["values of the format bytes cannot be masked; say unlisted: drop, or unlisted: keep"]
        }
    }

    private var keyProblems: [String] {
        let hasWhole = rules.contains { $0.place == .key }
        var found: [String] = []
        if hasWhole, !keyPaths.isEmpty { found.append("rules name the whole key and places in it; choose one of them") }
        if keepsKey, hasWhole || !keyPaths.isEmpty {
            found.append("the key is kept and has a rule; choose one of them")
        }
        if keyPaths.contains(where: \.steps.isEmpty) {
            found.append("key $ is the whole key; write a rule for the key")
        }
        return found
    }

    private var headerProblems: [String] {
        var patterns = keepHeaders
        for rule in rules { if case .header(let pattern) = rule.place { patterns.append(pattern) } }
        return patterns.compactMap { pattern in
            if pattern.isEmpty { return "a header's name is empty; name one, or write .* for all" }
            do {
                _ = try Pattern(pattern)
                return nil
            } catch {
                return "header \(pattern): \(error)"
            }
        }
    }

    /// Places inside a place that is taken whole are never looked at.
    private var conflicts: [String] {
        rules.flatMap { outer -> [String] in
            switch outer.action {
            case .drop, .null, .set: break
            default: return []
            }
            switch outer.place {
            case .value(let path): return (valuePaths + keep).filter(path.isAround).map { Self.conflict($0, path) }
            case .keyPath(let path): return keyPaths.filter(path.isAround).map { Self.conflict($0, path) }
            case .key, .header: return []
            }
        }
    }

    private static func conflict(_ inner: JSONPath, _ outer: JSONPath) -> String {
        "\(inner) lies in \(outer), which is replaced or dropped with all that is in it; remove one of them"
    }

    private var actionProblems: [String] {
        rules.compactMap { rule in
            guard case .set(let json) = rule.action, let fault = JSONScanner.fault(in: Array(json.utf8).span) else {
                return nil
            }
            return "\(rule.place.described): what is set is no JSON (\(fault)); a text needs quotation marks"
        }
    }

    private var classProblems: [String] {
        guard dataClass == .pii, plaintextReason?.contains(where: { !$0.isWhitespace }) != true else { return [] }
        var found: [String] = []
        if unlisted == .keep {
            found.append("unlisted: keep lets personal data pass in clear; give plaintext_reason, or mask or drop it")
        }
        for path in keep where path.steps.allSatisfy({ $0 == .any }) {
            found.append("keep \(path) lets personal data pass in clear; give plaintext_reason, or name places")
        }
        return found
    }

    private var sizeProblems: [String] {
        var found = (valuePaths + keep + keyPaths).filter { $0.steps.count > JSONScanner.depthMax }.map { _ in
            "a path has more than \(JSONScanner.depthMax) steps; no record is nested so deep"
        }
        guard found.isEmpty else { return found }
        for paths in [valuePaths + keep, keyPaths] {
            do { _ = try PathTrie(paths) } catch { found.append("\(error)") }
        }
        return found
    }
}

extension FieldPlace {
    fileprivate func isSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.value(let left), .value(let right)), (.keyPath(let left), .keyPath(let right)): left.isSame(as: right)
        case (.key, .key): true
        case (.header(let left), .header(let right)): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }
}

extension JSONPath {
    /// By bytes: to `String`, composed and decomposed letters are the same.
    fileprivate func isSame(as other: Self) -> Bool {
        self == other && description.utf8.elementsEqual(other.description.utf8)
    }

    fileprivate func isAround(_ other: Self) -> Bool {
        other.steps.count > steps.count && JSONPath(Array(other.steps.prefix(steps.count))).isSame(as: self)
    }
}
