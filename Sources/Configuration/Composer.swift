/// Builds the tree of a YAML document out of libyaml's events.
///
/// A configuration needs little of YAML, and what it does not need is refused: anchors and aliases (a few lines of
/// them grow into gigabytes), tags, several documents, deep nesting, and keys that are not text.
struct Composer: ~Copyable {
    private var events: YAMLEvents
    private let ledger: ProblemLedger

    /// Maps and lists around a value. The deepest key of a configuration has five.
    private static let depthMax = 16

    init(_ bytes: [UInt8], ledger: ProblemLedger) {
        events = YAMLEvents(bytes)
        self.ledger = ledger
    }

    /// The document's outermost value.
    ///
    /// - Throws: where nothing behind a mistake can be understood. Mistakes that leave the rest readable go into the
    ///   ledger.
    mutating func root() throws(YAMLFault) -> Node {
        var root: Node?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .documentStart:
                guard root == nil else {
                    throw YAMLFault(message: "a second document begins", place: event.place)
                }
                root = try node(events.next(), depth: 0)
            case .streamEnd:
                return root ?? Node(place: Place(line: 1, column: 1), content: .nothing)
            case .alias, .scalar, .listStart, .listEnd, .mapStart, .mapEnd:
                preconditionFailure("libyaml gave a value outside a document")
            }
        }
    }

    /// The value that begins with `event`.
    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLFault) -> Node {
        if event.hasAnchor {
            ledger.note(at: event.place, "an anchor (&) is not supported; write the value out where it is needed")
        }
        if event.hasTag {
            ledger.note(at: event.place, "a tag (!) is not supported; remove it, the key decides the type")
        }
        guard depth <= Self.depthMax else {
            throw YAMLFault(message: "more than \(Self.depthMax) levels of nesting", place: event.place)
        }
        let content: Node.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = scalar(text, isPlain: isPlain, at: event.place)
        case .listStart: content = try list(depth: depth)
        case .mapStart: content = try map(depth: depth)
        case .alias:
            ledger.note(
                at: event.place, "an alias (*) is not supported; write the value out, or in quotes if it is text")
            content = .refused
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .listEnd, .mapEnd:
            preconditionFailure("libyaml gave an end where a value begins")
        }
        return Node(place: event.place, content: content)
    }

    private func scalar(_ text: String, isPlain: Bool, at place: Place) -> Node.Content {
        if isPlain && ["", "~", "null"].contains(text) { return .nothing }
        // Every value may end in a C function, which would read it only so far.
        guard !text.utf8.contains(0) else {
            ledger.note(at: place, "a text holds a zero byte; remove it")
            return .refused
        }
        return .text(text)
    }

    private mutating func list(depth: Int) throws(YAMLFault) -> Node.Content {
        var items: [Node] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return .list(items) }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func map(depth: Int) throws(YAMLFault) -> Node.Content {
        var entries: [Node.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { return .map(entries) }
            let key = try node(event, depth: depth + 1)
            let value = try node(events.next(), depth: depth + 1)
            guard let name = keyName(key) else { continue }
            if let line = lines[name] {
                ledger.note(at: key.place, "the key \(quoted(name)) stands here again, first in line \(line); keep one")
                continue
            }
            lines[name] = key.place.line
            entries.append(Node.Entry(key: name, place: key.place, value: value))
        }
    }

    private func keyName(_ key: Node) -> String? {
        switch key.content {
        case .text(let name): return name
        case .refused: return nil
        case .nothing, .list, .map:
            ledger.note(at: key.place, "a key is no text; expected a name before the colon")
            return nil
        }
    }
}

/// The outermost value of a configuration's bytes; `nil`, and a problem in the ledger, when there is none to be had.
func documentRoot(of bytes: [UInt8], ledger: ProblemLedger) -> Node? {
    do {
        _ = try UTF8Span(validating: bytes.span)
    } catch {
        let place = Place(ofByte: error.byteOffsets.lowerBound, in: bytes)
        ledger.note(at: place, "a byte here is not UTF-8; save the file as UTF-8")
        return nil
    }
    do {
        // libyaml would count a byte order mark as a column, and the first key as indented by it.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var composer = Composer(bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes, ledger: ledger)
        return try composer.root()
    } catch {
        let hint =
            isIndentedByTab(bytes, line: error.place.line)
            ? "the line begins with a tab; indent with spaces" : "correct the YAML; nothing behind this was checked"
        ledger.note(at: error.place, "this is not the YAML of a configuration: \(error.message); \(hint)")
        return nil
    }
}

/// Whether a tab stands among the blanks that begin a line.
private func isIndentedByTab(_ bytes: [UInt8], line: Int) -> Bool {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard line <= lines.count else { return false }
    return lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.contains(UInt8(ascii: "\t"))
}
