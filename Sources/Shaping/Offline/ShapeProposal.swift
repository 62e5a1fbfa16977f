import Model

/// Looks at records and proposes a policy for their topic. What it writes names places and kinds, never a value.
package struct ShapeProposal {
    let topic: String
    /// Those that the configuration declares; where there are some, no other may be named.
    let identities: [String]
    let root = ProposalNode()
    private(set) var recordCount = 0
    private(set) var valueCount = 0
    private(set) var unreadableCount = 0
    private(set) var keyCount = 0
    private(set) var headerNames: Set<String> = []
    private(set) var isFull = false

    private var placeCount = 0
    /// Documents that bring new places without end are not followed.
    private static let placesMax = 20_000
    private static let headerNamesMax = 100

    package init(topic: String, identities: [String] = []) {
        self.topic = topic
        self.identities = identities
    }

    package mutating func note(_ record: SampleRecord) {
        recordCount += 1
        if record.key != nil { keyCount += 1 }
        for header in record.headers where headerNames.count < Self.headerNamesMax {
            guard let name = String(validating: header.name, as: UTF8.self), PlaceName(name).isPlain else { continue }
            headerNames.insert(name)
        }
        guard let value = record.value else { return }
        valueCount += 1
        guard JSONScanner.fault(in: value.span) == nil else {
            unreadableCount += 1
            return
        }
        var scanner = JSONScanner()
        let token = scanner.next(in: value.span)
        read(token, &scanner, value, root)
    }

    /// The value that has begun with `token`, of a document without faults: at most as deep as the scanner allows.
    private mutating func read(
        _ token: JSONToken, _ scanner: inout JSONScanner, _ document: [UInt8], _ node: ProposalNode?
    ) {
        switch token {
        case .beginObject:
            note(.object, [], node)
            while scanner.next(in: document.span) == .key {
                let name = text(scanner, document)
                let inner = scanner.next(in: document.span)
                read(inner, &scanner, document, child(of: node) { $0.child(named: name) })
            }
        case .beginArray:
            note(.array, [], node)
            var inner = scanner.next(in: document.span)
            while inner != .endArray, inner != .fault, inner != .end {
                read(inner, &scanner, document, child(of: node) { $0.childInArray() })
                inner = scanner.next(in: document.span)
            }
        case .string: note(.string, Array(text(scanner, document).utf8), node)
        case .number: note(.number, Array(document[scanner.tokenStart..<scanner.tokenEnd]), node)
        case .true, .false: note(.boolean, [], node)
        case .null: note(.null, [], node)
        case .key, .endObject, .endArray, .end, .fault: break
        }
    }

    private func note(_ kind: FieldKind, _ text: [UInt8], _ node: ProposalNode?) {
        node?.note(kind, text: text, in: recordCount)
    }

    private mutating func child(
        of node: ProposalNode?, _ find: (ProposalNode) -> ProposalNode
    ) -> ProposalNode? {
        guard let node else { return nil }
        guard placeCount < Self.placesMax else {
            isFull = true
            return nil
        }
        let child = find(node)
        if child.kinds.isEmpty { placeCount += 1 }
        return child
    }

    private func text(_ scanner: JSONScanner, _ document: [UInt8]) -> String {
        var text: [UInt8] = []
        let written = Array(document[(scanner.tokenStart + 1)..<(scanner.tokenEnd - 1)])
        JSONText.appendUnescaped(written.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
