import Model

/// What a policy says of each place of a JSON document, worked out place by place from its definition: without the
/// automaton that the sanitizer walks along.
struct PlaceJudge {
    enum Verdict: Hashable {
        /// The number of a rule of the policy.
        case rule(Int)
        case kept
        case unlisted
    }

    /// A text of the document, and what holds for the place where it stands.
    struct Leaf {
        let kind: FieldKind
        let text: [UInt8]
        let verdict: Verdict
    }

    private enum Place {
        case name(String)
        case index(Int)
    }

    private struct Entry {
        let steps: [JSONPath.Step]
        /// Among paths to the same place the one with most steps counts, then the one with most names and indexes.
        let weight: (Int, Int)
        let verdict: Verdict
    }

    private let entries: [Entry]
    private let outermost: Verdict
    /// Rules that take an object or array with all that is in it.
    private let takesWhole: Set<Int>

    /// - Parameters:
    ///   - keep: what passes besides.
    ///   - path: of a rule, its path in this document.
    init(_ policy: SanitizePolicy, keep: [JSONPath], path: (FieldPlace) -> JSONPath?) {
        var entries: [Entry] = []
        var takesWhole: Set<Int> = []
        func add(_ path: JSONPath, _ verdict: Verdict) {
            let names = path.steps.count {
                switch $0 {
                case .key, .index: true
                case .any, .anywhere: false
                }
            }
            entries.append(Entry(steps: path.steps, weight: (path.steps.count, names), verdict: verdict))
        }
        for (number, rule) in policy.rules.enumerated() {
            if let path = path(rule.place) { add(path, .rule(number)) }
            switch rule.action {
            case .drop, .null, .set: takesWhole.insert(number)
            default: break
            }
        }
        for path in keep { add(path, .kept) }
        // Stable, so that among equals the first one stays in front.
        self.entries = entries.enumerated()
            .sorted {
                $0.element.weight != $1.element.weight ? $0.element.weight > $1.element.weight : $0.offset < $1.offset
            }
            .map(\.element)
        outermost = policy.unlisted == .keep ? .kept : .unlisted
        self.takesWhole = takesWhole
    }

    func leaves(of document: PlainDocument) -> [Leaf] {
        var leaves: [Leaf] = []
        var place: [Place] = []
        collect(document, at: &place, around: outermost, into: &leaves)
        return leaves
    }

    private func collect(
        _ document: PlainDocument, at place: inout [Place], around: Verdict, into leaves: inout [Leaf]
    ) {
        let verdict = place.isEmpty ? around : own(place) ?? around
        if case .rule(let number) = verdict, takesWhole.contains(number) {
            document.forEachText({ leaves.append(Leaf(kind: $0, text: $1, verdict: verdict)) }, name: { _ in })
            return
        }
        switch document {
        case .leaf(let kind, let text): leaves.append(Leaf(kind: kind, text: text, verdict: verdict))
        case .null: break
        case .object(let members):
            for member in members {
                place.append(.name(String(decoding: member.name, as: UTF8.self)))
                collect(member.value, at: &place, around: verdict, into: &leaves)
                place.removeLast()
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                place.append(.index(index))
                collect(element, at: &place, around: verdict, into: &leaves)
                place.removeLast()
            }
        }
    }

    /// What is said of the place itself.
    private func own(_ place: [Place]) -> Verdict? {
        entries.first { Self.matches($0.steps[...], place[...]) }?.verdict
    }

    private static func matches(_ steps: ArraySlice<JSONPath.Step>, _ place: ArraySlice<Place>) -> Bool {
        guard let step = steps.first else { return place.isEmpty }
        // Each step takes one place at least.
        guard let first = place.first, steps.count <= place.count else { return false }
        let isMet =
            switch (step, first) {
            case (.any, _): true
            case (.key(let wanted), .name(let name)), (.anywhere(let wanted), .name(let name)):
                wanted.utf8.elementsEqual(name.utf8)
            case (.index(let wanted), .index(let index)): wanted == index
            default: false
            }
        if isMet, matches(steps.dropFirst(), place.dropFirst()) { return true }
        if case .anywhere = step { return matches(steps, place.dropFirst()) }
        return false
    }
}
