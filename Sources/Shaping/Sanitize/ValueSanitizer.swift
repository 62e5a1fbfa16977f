import Model

/// Sanitizes one JSON document after another: one pass, no tree, nothing allocated once its buffers have grown.
///
/// Every place is under a rule, kept, or unlisted: what is said of the place itself counts, else what holds for the
/// object or array around it. Members with the same name are each treated. Formatting and the names of members stay
/// as they are, so a map whose names are personal needs a rule on the map. Names that differ in case are different
/// names: a consumer that does not tell them apart is served by `unlisted: mask`, not by `unlisted: keep`.
package struct ValueSanitizer: ~Copyable {
    package enum Verdict: Hashable {
        case unchanged
        /// The sanitized document stands in `bytes`.
        case changed
        case failed(SanitizeFailure)
    }

    private let trie: PathTrie
    /// The first paths of the trie belong to these, the others to what is kept.
    private let rules: [RuleAction]
    private let dropsUnlisted: Bool
    private let outermost: Int32
    private let watchesPlaces: Bool
    private let part: String

    /// How often each rule's place occurred, and how many places nobody listed were masked or dropped.
    package private(set) var hits: [Int]
    package private(set) var unlistedHits = 0

    private var patches = PatchBuffer()
    private var failure: SanitizeFailure?
    private var seen: [Bool]
    private var frame = Frame()
    /// Those around it, the outermost first.
    private var outer = [Frame](repeating: Frame(), count: JSONScanner.depthMax + 1)
    private var depth = 0
    /// The place of the value that comes next.
    private var state: PathTrie.State = 0
    private var unescaped: [UInt8] = []
    private var answer: [UInt8] = []

    /// Not the number of a rule: what holds for a place instead.
    private static let unlisted: Int32 = -1
    private static let kept: Int32 = -2

    /// The rules' places are paths in this document, in the order of `paths`.
    init(
        _ rules: [RuleAction], at paths: [JSONPath], keep: [JSONPath], unlisted: SanitizePolicy.Unlisted,
        watchesPlaces: Bool, part: String
    ) throws(PathTrieFault) {
        trie = try PathTrie(paths + keep)
        self.rules = rules
        dropsUnlisted = unlisted == .drop
        outermost = unlisted == .keep ? Self.kept : Self.unlisted
        self.watchesPlaces = watchesPlaces
        self.part = part
        hits = [Int](repeating: 0, count: rules.count)
        seen = [Bool](repeating: false, count: paths.count + keep.count)
    }

    /// The last document that was changed.
    package var bytes: [UInt8] { patches.bytes }

    package mutating func sanitize(_ document: Span<UInt8>, context: FieldContext) -> Verdict {
        begin()
        var scanner = JSONScanner()
        while failure == nil {
            let token = scanner.next(in: document)
            switch token {
            case .key: member(scanner.tokenStart, scanner.tokenEnd, isEscaped: scanner.hasEscapes, of: document)
            case .string: leaf(.string, scanner, of: document, context)
            case .number: leaf(.number, scanner, of: document, context)
            case .true, .false: leaf(.boolean, scanner, of: document, context)
            case .null: leaf(.null, scanner, of: document, context)
            case .beginObject: open(.object, &scanner, of: document, context)
            case .beginArray: open(.array, &scanner, of: document, context)
            case .endObject, .endArray: close(at: scanner.tokenEnd, of: document)
            case .end: return end(document)
            case .fault: fail(scanner.fault)
            }
        }
        return .failed(worst(of: &scanner, document))
    }

    private mutating func begin() {
        patches.reset()
        failure = nil
        depth = 0
        frame = Frame(.root, state: PathTrie.nothing, verdict: outermost)
        state = trie.root
        guard watchesPlaces else { return }
        for index in 0..<seen.count { seen[index] = false }
    }

    private mutating func end(_ document: Span<UInt8>) -> Verdict {
        if watchesPlaces {
            for rule in 0..<rules.count where !seen[rule] {
                return .failed(
                    SanitizeFailure(.unmatchedPath, place: rules[rule].place, reason: "the record has no such place"))
            }
        }
        guard patches.isChanged else { return .unchanged }
        patches.keep(to: document.count, of: document)
        return .changed
    }

    private mutating func fail(_ fault: JSONFault?) {
        failure = SanitizeFailure(
            .unparseable, place: part, reason: fault?.kind.rawValue ?? "no JSON", offset: fault?.offset)
    }

    private mutating func fail(_ rule: Int32, _ reason: String, at offset: Int) {
        failure = SanitizeFailure(.typeMismatch, place: rules[Int(rule)].place, reason: reason, offset: offset)
    }

    /// A document is read to its end even after a mismatch: that it is no JSON weighs more.
    private mutating func worst(of scanner: inout JSONScanner, _ document: Span<UInt8>) -> SanitizeFailure {
        var token = JSONToken.null
        while token != .end, token != .fault { token = scanner.next(in: document) }
        if token == .fault { fail(scanner.fault) }
        return failure ?? SanitizeFailure(.unparseable, place: part, reason: "no JSON")
    }
}

// MARK: - Places

extension ValueSanitizer {
    /// An object or array that is being read, or what stands around the document.
    private struct Frame {
        enum Kind { case root, object, array }

        var kind = Kind.root
        var state: PathTrie.State = 0
        /// What holds for the places in it that have no paths of their own: a rule's number, `kept` or `unlisted`.
        var verdict: Int32 = 0
        var index = 0
        /// Where the current member or element begins, the name included.
        var memberStart = 0
        /// How many have stayed, and where the last one ends, which may have gone.
        var stayed = 0
        var lastEnd = 0
        /// All so far have gone: the comma behind them has to go, too.
        var skipsSeparator = false
        /// What stood in the buffer when it began.
        var mark = PatchBuffer.Mark()

        init() {}

        init(_ kind: Kind, state: PathTrie.State, verdict: Int32) {
            self.kind = kind
            self.state = state
            self.verdict = verdict
        }
    }

    @inline(__always)
    private mutating func member(_ start: Int, _ end: Int, isEscaped: Bool, of document: Span<UInt8>) {
        begin(at: start)
        let name = document.extracting((start &+ 1)..<(end &- 1))
        guard isEscaped else {
            state = trie.member(of: frame.state, named: name)
            return
        }
        unescaped.removeAll(keepingCapacity: true)
        JSONText.appendUnescaped(name, to: &unescaped)
        state = trie.member(of: frame.state, named: unescaped.span)
    }

    /// A member or element begins.
    @inline(__always)
    private mutating func begin(at start: Int) {
        if frame.skipsSeparator {
            patches.skip(to: start)
            frame.skipsSeparator = false
        }
        frame.memberStart = start
    }

    /// What holds for the value that begins at `start`.
    @inline(__always)
    private mutating func verdict(at start: Int) -> Int32 {
        switch frame.kind {
        case .object: break
        case .root: frame.memberStart = start
        case .array:
            begin(at: start)
            state = trie.element(of: frame.state, at: frame.index)
            frame.index &+= 1
        }
        let winner = trie.winner(at: state)
        guard winner >= 0 else { return frame.verdict }
        if watchesPlaces { trie.mark(state, in: &seen) }
        guard winner < rules.count else { return Self.kept }
        hits[winner] &+= 1
        return Int32(truncatingIfNeeded: winner)
    }

    private mutating func leaf(
        _ kind: FieldKind, _ scanner: borrowing JSONScanner, of document: Span<UInt8>, _ context: FieldContext
    ) {
        let (start, end) = (scanner.tokenStart, scanner.tokenEnd)
        switch verdict(at: start) {
        case Self.kept: stay(end)
        case Self.unlisted: leafUnlisted(kind, from: start, to: end, of: document)
        case let rule:
            // Null says nothing of a person: it stays, whatever else would be made of a text or number.
            if kind == .null, rules[Int(rule)].scope != .everything { return stay(end) }
            apply(rule, kind, from: start, to: end, isEscaped: scanner.hasEscapes, of: document, context)
        }
    }

    private mutating func leafUnlisted(_ kind: FieldKind, from start: Int, to end: Int, of document: Span<UInt8>) {
        if dropsUnlisted {
            unlistedHits &+= 1
            return drop(to: end, of: document)
        }
        if kind != .null {
            unlistedHits &+= 1
            patches.replace(from: start, to: end, of: document, by: kind.mask)
        }
        stay(end)
    }

    private mutating func open(
        _ kind: Frame.Kind, _ scanner: inout JSONScanner, of document: Span<UInt8>, _ context: FieldContext
    ) {
        let start = scanner.tokenStart
        let verdict = verdict(at: start)
        if verdict >= 0 {
            switch rules[Int(verdict)].scope {
            case .leaves: break
            case .scalars: return fail(verdict, "an object or array stands there", at: start)
            case .everything:
                guard scanner.skipContainer(in: document) else { return fail(scanner.fault) }
                return apply(
                    verdict, kind == .object ? .object : .array, from: start, to: scanner.tokenEnd, isEscaped: false,
                    of: document, context)
            }
        } else if verdict == Self.kept, state == PathTrie.nothing {
            guard scanner.skipContainer(in: document) else { return fail(scanner.fault) }
            return stay(scanner.tokenEnd)
        }
        outer[depth] = frame
        depth &+= 1
        frame = Frame(kind, state: state, verdict: verdict)
        frame.mark = patches.mark
    }

    private mutating func close(at end: Int, of document: Span<UInt8>) {
        let inner = frame
        depth &-= 1
        frame = outer[depth]
        guard dropsUnlisted, inner.verdict == Self.unlisted, inner.stayed == 0, depth > 0 else { return stay(end) }
        // Nothing in it was to stay, so it goes as a whole.
        patches.cut(back: inner.mark, to: dropStart)
        drop(to: end, of: document)
    }
}

// MARK: - Patches

extension ValueSanitizer {
    @inline(__always)
    private mutating func stay(_ end: Int) {
        frame.stayed &+= 1
        frame.lastEnd = end
    }

    /// From where on the document is left out when the current member goes: with the comma in front of it, if there
    /// is one that stays.
    private var dropStart: Int { frame.stayed > 0 ? frame.lastEnd : frame.memberStart }

    private mutating func drop(to end: Int, of document: Span<UInt8>) {
        if frame.kind == .root {
            // A document without anything in it would not be one; and no value at all would be a tombstone.
            patches.replace(from: frame.memberStart, to: end, of: document, by: FieldKind.nullText)
            return
        }
        patches.keep(to: dropStart, of: document)
        patches.skip(to: end)
        frame.skipsSeparator = frame.stayed == 0
        frame.lastEnd = end
    }

    private mutating func apply(
        _ rule: Int32, _ kind: FieldKind, from start: Int, to end: Int, isEscaped: Bool, of document: Span<UInt8>,
        _ context: FieldContext
    ) {
        answer.removeAll(keepingCapacity: true)
        let edge = kind == .string ? 1 : 0
        let written = document.extracting((start &+ edge)..<(end &- edge))
        let outcome: FieldOutcome
        if isEscaped, kind == .string {
            unescaped.removeAll(keepingCapacity: true)
            JSONText.appendUnescaped(written, to: &unescaped)
            outcome = rules[Int(rule)].apply(to: unescaped, kind, context, into: &answer)
        } else {
            outcome = rules[Int(rule)].action.apply(to: written, kind: kind, context: context, into: &answer)
        }
        switch outcome {
        case .drop: return drop(to: end, of: document)
        case .mismatch(let reason): return fail(rule, "\(reason)", at: start)
        case .null: patches.replace(from: start, to: end, of: document, by: FieldKind.nullText)
        case .json: patches.replace(from: start, to: end, of: document, by: answer)
        case .text:
            guard patches.replace(from: start, to: end, of: document, byString: answer) else {
                return fail(rule, "the action made no UTF-8 of it", at: start)
            }
        }
        stay(end)
    }
}
