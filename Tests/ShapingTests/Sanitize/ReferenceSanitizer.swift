import Model
import Shaping

/// What a policy means, worked out on a tree and place by place: slow, and without any of the sanitizer's machinery.
struct ReferenceSanitizer {
    enum Place: Hashable {
        case name([UInt8])
        case index(Int)
    }

    struct Mismatch: Error {}

    let policy: SanitizePolicy

    private enum Verdict {
        case rule(SanitizeAction)
        case kept
        case unlisted

        var isUnlisted: Bool { if case .unlisted = self { true } else { false } }
    }

    /// `nil`: it goes.
    func sanitize(_ tree: JSONTree) throws -> JSONTree {
        try sanitize(tree, at: []) ?? .null
    }

    private func sanitize(_ tree: JSONTree, at place: [Place]) throws -> JSONTree? {
        let (verdict, isOwn) = verdict(at: place)
        switch (tree, verdict) {
        case (.object, .rule(.drop)), (.array, .rule(.drop)): return nil
        case (.object, .rule(.null)), (.array, .rule(.null)): return .null
        case (.object, .rule(.set(let json))), (.array, .rule(.set(let json))): return JSONTree(Array(json.utf8))
        case (.object, .rule(let action)) where isOwn, (.array, .rule(let action)) where isOwn:
            guard case .mask = action else { throw Mismatch() }
        default: break
        }
        let vanishes = policy.unlisted == .drop && verdict.isUnlisted && !place.isEmpty
        switch tree {
        case .object(let members):
            let stay = try members.compactMap { member in
                try sanitize(member.value, at: place + [.name(member.name)])
                    .map { JSONTree.Member(name: member.name, value: $0) }
            }
            return stay.isEmpty && vanishes ? nil : .object(stay)
        case .array(let elements):
            let stay = try elements.enumerated().compactMap { try sanitize($1, at: place + [.index($0)]) }
            return stay.isEmpty && vanishes ? nil : .array(stay)
        default: return try leaf(tree, verdict)
        }
    }

    private func leaf(_ tree: JSONTree, _ verdict: Verdict) throws -> JSONTree? {
        switch verdict {
        case .kept: return tree
        case .unlisted:
            guard policy.unlisted == .mask else { return nil }
            switch tree {
            case .string: return .string(Array("***".utf8))
            case .number: return .number("0")
            case .boolean: return .boolean(false)
            default: return .null
            }
        case .rule(.drop): return nil
        case .rule(.set(let json)): return JSONTree(Array(json.utf8))
        case .rule(.null): return .null
        case .rule(let action):
            if tree == .null { return .null }
            return try fake(action, on: tree)
        }
    }

    /// As `FakeAction` does it.
    private func fake(_ action: SanitizeAction, on tree: JSONTree) throws -> JSONTree {
        switch (action, tree) {
        case (.mask, .string(let text)): .string([UInt8](repeating: 0x2A, count: text.count))
        case (.mask, .number): .number("0")
        case (.mask, _): .boolean(false)
        case (.hash, _): .string(Array("#\"\\\n#".utf8))
        case (.noise, .number): .number("7")
        case (.email, .string): .string(Array("fake".utf8))
        default: throw Mismatch()
        }
    }

    /// What is said of the place itself, else of the nearest around it.
    private func verdict(at place: [Place]) -> (Verdict, isOwn: Bool) {
        for count in stride(from: place.count, through: 0, by: -1) {
            let outer = Array(place.prefix(count))
            var best: (weight: [Int], verdict: Verdict)?
            func offer(_ path: JSONPath, _ verdict: Verdict) {
                guard Self.matches(path.steps[...], outer[...]) else { return }
                let literal = path.steps.count {
                    if case .key = $0 { true } else if case .index = $0 { true } else { false }
                }
                let weight = [path.steps.count, literal]
                if let best, !best.weight.lexicographicallyPrecedes(weight) { return }
                best = (weight, verdict)
            }
            for rule in policy.rules { if case .value(let path) = rule.place { offer(path, .rule(rule.action)) } }
            for path in policy.keep { offer(path, .kept) }
            if let best { return (best.verdict, count == place.count) }
        }
        return (policy.unlisted == .keep ? .kept : .unlisted, false)
    }

    static func matches(_ steps: ArraySlice<JSONPath.Step>, _ place: ArraySlice<Place>) -> Bool {
        guard let step = steps.first else { return place.isEmpty }
        guard let first = place.first else { return false }
        let (steps, rest) = (steps.dropFirst(), place.dropFirst())
        switch step {
        case .key(let name): return first == .name(Array(name.utf8)) && matches(steps, rest)
        case .index(let index): return first == .index(index) && matches(steps, rest)
        case .any: return matches(steps, rest)
        case .anywhere(let name):
            if first == .name(Array(name.utf8)), matches(steps, rest) { return true }
            return matches([step] + steps, rest)
        }
    }
}
