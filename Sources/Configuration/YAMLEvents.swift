import CYAML

/// One step of a YAML text, as libyaml tells it.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias
        /// `isPlain`: written without quotes.
        case scalar(String, isPlain: Bool)
        case listStart, listEnd, mapStart, mapEnd
    }

    let kind: Kind
    let place: Place
    let hasAnchor: Bool
    let hasTag: Bool
}

/// What libyaml cannot read, in its own words.
struct YAMLFault: Error {
    let message: String
    let place: Place
}

/// The only door to libyaml: a text in, events with places out.
@safe struct YAMLEvents: ~Copyable {
    /// On the heap, for the parser keeps a pointer to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// The text; the parser reads it step by step.
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter bytes: must be UTF-8.
    init(_ bytes: [UInt8]) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(fromContentsOf: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event. Not to be called after `streamEnd` or a fault.
    mutating func next() throws(YAMLFault) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe Self.copy(of: event)
    }

    private func fault() -> YAMLFault {
        var message = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        guard unsafe parser.pointee.error != YAML_READER_ERROR else {
            // A refused character: libyaml tells the byte, not the line.
            let offset = unsafe min(parser.pointee.problem_offset, input.count)
            return YAMLFault(message: message, place: Place(ofByte: offset, in: unsafe Array(input)))
        }
        if let context = unsafe parser.pointee.context {
            let began = unsafe Place(parser.pointee.context_mark)
            message += " \(unsafe String(cString: context)) that begins in line \(began.line)"
        }
        return YAMLFault(message: message, place: unsafe Place(parser.pointee.problem_mark))
    }

    private static func copy(of event: yaml_event_t) -> YAMLEvent {
        func made(_ kind: YAMLEvent.Kind, hasAnchor: Bool = false, hasTag: Bool = false) -> YAMLEvent {
            YAMLEvent(kind: kind, place: unsafe Place(event.start_mark), hasAnchor: hasAnchor, hasTag: hasTag)
        }
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return made(.streamStart)
        case YAML_STREAM_END_EVENT: return made(.streamEnd)
        case YAML_DOCUMENT_START_EVENT: return made(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return made(.documentEnd)
        case YAML_ALIAS_EVENT: return made(.alias)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = unsafe String(decoding: bytes, as: UTF8.self)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return unsafe made(
                .scalar(text, isPlain: isPlain), hasAnchor: scalar.anchor != nil, hasTag: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe made(.listStart, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return made(.listEnd)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe made(.mapStart, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
        case YAML_MAPPING_END_EVENT: return made(.mapEnd)
        default: preconditionFailure("libyaml gave no event")
        }
    }
}

extension Place {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }

    /// The place of the byte at `offset`. Lines end in a line feed.
    init(ofByte offset: Int, in bytes: [UInt8]) {
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Bytes that continue a character do not count.
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 }
        self.init(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column + 1)
    }
}
