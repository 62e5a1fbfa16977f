import Model

/// A document with a place for each of some paths, made before its texts are.
indirect enum CanaryDocument {
    case object([(name: String, value: CanaryDocument)])
    case array([CanaryDocument])
    case leaf
    /// Stands in front of an element that a path names.
    case filler

    enum Place {
        case name(String)
        case index(Int)
    }

    /// An array is made no longer than this for a path's sake.
    private static let elementsMax = 100
    /// What stands where a path takes any name.
    private static let anyName = "martlet-canary"

    /// A place that `path` names; `nil`: one too far behind in an array.
    static func place(of path: JSONPath) -> [Place]? {
        var place: [Place] = []
        for step in path.steps {
            switch step {
            case .key(let name): place.append(.name(name))
            case .any: place.append(.name(anyName))
            // Not at the top, where a rule for that very place may stand.
            case .anywhere(let name): place += [.name(anyName), .name(name)]
            case .index(let index):
                guard index < elementsMax else { return nil }
                place.append(.index(index))
            }
        }
        return place
    }

    /// As few documents as hold all paths: where one names an object and another a text at the same place, there are two.
    static func documents(for paths: [JSONPath]) -> [CanaryDocument] {
        var documents: [CanaryDocument] = []
        for place in paths.compactMap(place) {
            var isPlaced = false
            for index in documents.indices where !isPlaced {
                guard let grown = documents[index].adding(place[...]) else { continue }
                documents[index] = grown
                isPlaced = true
            }
            if !isPlaced, let new = CanaryDocument.filler.adding(place[...]) { documents.append(new) }
        }
        return documents
    }

    /// `nil`: something else stands there.
    func adding(_ place: ArraySlice<Place>) -> CanaryDocument? {
        guard let first = place.first else {
            switch self {
            case .filler, .leaf: return .leaf
            case .object, .array: return nil
            }
        }
        let rest = place.dropFirst()
        switch (self, first) {
        case (.filler, .name(let name)):
            return CanaryDocument.filler.adding(rest).map { .object([(name, $0)]) }
        case (.filler, .index): return CanaryDocument.array([]).adding(place)
        case (.object(var members), .name(let name)):
            guard let index = members.firstIndex(where: { $0.name == name }) else {
                return CanaryDocument.filler.adding(rest).map { .object(members + [(name, $0)]) }
            }
            guard let grown = members[index].value.adding(rest) else { return nil }
            members[index].value = grown
            return .object(members)
        case (.array(var elements), .index(let index)):
            while elements.count <= index { elements.append(.filler) }
            guard let grown = elements[index].adding(rest) else { return nil }
            elements[index] = grown
            return .array(elements)
        default: return nil
        }
    }

    /// - Parameter text: answers the JSON text of each leaf, in order.
    func json(_ text: () -> String) -> String {
        switch self {
        case .leaf: text()
        case .filler: "null"
        case .array(let elements): "[" + elements.map { $0.json(text) }.joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.name)):\($0.value.json(text))" }.joined(separator: ",") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        var json: [UInt8] = []
        _ = JSONText.appendString(Array(text.utf8).span, to: &json)
        return String(decoding: json, as: UTF8.self)
    }
}
