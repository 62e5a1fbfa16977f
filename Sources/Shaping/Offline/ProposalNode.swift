import Model

/// A place in the documents that were looked at, with what stood there, and the places in it.
///
/// An object whose names are data themselves (ids, addresses, very many words) is a map: its members are one place, so
/// that no name of a person is proposed as the name of a place.
final class ProposalNode {
    private(set) var members: [String: ProposalNode] = [:]
    /// Every element of an array.
    private(set) var element: ProposalNode?
    /// Every member of a map.
    private(set) var each: ProposalNode?

    private(set) var kinds: Set<FieldKind> = []
    private var records: Set<Int> = []
    private(set) var guess = ValueGuess()

    /// Tables have a hundred columns; more names, of which each record has few, are a map's.
    private static let columnsMax = 24
    private static let membersMax = 1_000

    var recordCount: Int { records.count }

    /// It is a map of names that nobody chose as names of places.
    var hasDataNames: Bool { each != nil && kinds.contains(.object) }

    func note(_ kind: FieldKind, text: [UInt8], in record: Int) {
        kinds.insert(kind)
        records.insert(record)
        guess.note(text, kind)
    }

    func child(named name: String) -> ProposalNode {
        if let each { return each }
        if let known = members[name] { return known }
        // A step for every member is one for every element, too: where both stand at one place, they are one.
        if element != nil || members.count == Self.membersMax || !PlaceName(name).isPlain { return becomeMap() }
        let new = ProposalNode()
        members[name] = new
        return new
    }

    func childInArray() -> ProposalNode {
        if let each { return each }
        if !members.isEmpty { return becomeMap() }
        let child = element ?? ProposalNode()
        element = child
        return child
    }

    /// After all records: finds the maps that only many records give away.
    func settle() {
        if members.count > Self.columnsMax {
            let occurrences = members.values.reduce(0) { $0 + $1.recordCount }
            if occurrences < members.count * recordCount / 5 { _ = becomeMap() }
        }
        for child in children { child.node.settle() }
    }

    private func becomeMap() -> ProposalNode {
        let all = ProposalNode()
        for (_, member) in members.sorted(by: { $0.key < $1.key }) { all.merge(member) }
        if let element { all.merge(element) }
        members = [:]
        element = nil
        each = all
        return all
    }

    private func merge(_ other: ProposalNode) {
        kinds.formUnion(other.kinds)
        records.formUnion(other.records)
        guess.merge(other.guess)
        if let inner = other.each { (each ?? becomeMap()).merge(inner) }
        for (name, member) in other.members { child(named: name).merge(member) }
        if let inner = other.element { childInArray().merge(inner) }
    }

    enum Step: Hashable {
        case member(String)
        case each
        case element
    }

    /// In an order that is the same in every run.
    var children: [(step: Step, node: ProposalNode)] {
        var children: [(Step, ProposalNode)] = members.sorted { $0.key < $1.key }.map { (.member($0.key), $0.value) }
        if let element { children.append((.element, element)) }
        if let each { children.append((.each, each)) }
        return children
    }
}

/// Whether a member's name may be written down: it names a place and is no datum itself, as far as one can see.
struct PlaceName {
    let text: String
    private static let lengthMax = 64
    private static let digitsMax = 4

    init(_ text: String) { self.text = text }

    var isPlain: Bool {
        let bytes = Array(text.utf8)
        guard (1...Self.lengthMax).contains(bytes.count), text.unicodeScalars.allSatisfy(Self.isPlain),
            !(text.contains("'") && text.contains("\"")), !text.contains("${"),
            bytes.count(where: \.isDigit) <= Self.digitsMax, bytes.contains(where: { !$0.isDigit })
        else { return false }
        var scan = DetectorScan(DetectorKind.allCases)
        scan.begin(with: bytes.span)
        return scan.next(in: bytes.span) == nil
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// It says that it holds somebody's or something's number: `id`, `customerId`, `order_id`, `requestUUID`.
    var isIdentifier: Bool {
        let endings = ["Id", "ID", "_id", "-id", "Uuid", "UUID", "_uuid", "-uuid", "Guid", "GUID", "_guid"]
        return ["id", "uuid", "guid"].contains(text.lowercased()) || endings.contains { text.hasSuffix($0) }
    }

    /// Whose it is: `customer` of `customerId`.
    var owner: String {
        var letters = text.lowercased().filter { $0.isASCII && $0.isLetter }
        for ending in ["uuid", "guid", "id"] where letters.hasSuffix(ending) {
            letters.removeLast(ending.count)
            break
        }
        return letters.isEmpty ? "record" : letters
    }
}
