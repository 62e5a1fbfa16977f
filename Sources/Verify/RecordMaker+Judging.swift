import Model

/// Holding a record against the plan, from borrowed bytes and without making it again.
extension RecordMaker {
    /// Where a record stands in its load.
    struct Place: Equatable {
        let stream: Int32
        let sequence: Int64
    }

    /// Which record this is by its own word; `nil` when it is none of this load.
    func identify(key: Span<UInt8>?, value: Span<UInt8>?, headers: [RecordHeader], timestamp: Int64) -> Place? {
        switch plan.format {
        case .martlet: identifyStamp(value: value, headers: headers)
        case .body: identifyBody(key: key, value: value)
        case .headers: identifyHeaders(key: key, size: value?.count, headers: headers, timestamp: timestamp)
        }
    }

    private func identifyStamp(value: Span<UInt8>?, headers: [RecordHeader]) -> Place? {
        if let value, let stamp = Stamp(at: value, of: stampSource.topic) { return place(of: stamp) }
        for header in headers where header.name == Stamp.header {
            if let value = header.value, let stamp = Stamp(at: value.span, of: stampSource.topic) {
                return place(of: stamp)
            }
        }
        return nil
    }

    private func place(of stamp: Stamp) -> Place? {
        guard stamp.mark == stampSource.mark, (0..<Int32(streams)).contains(stamp.partition) else { return nil }
        return Place(stream: stamp.partition, sequence: stamp.sequence)
    }

    /// The intended instant names the record, the sequence and the key name it a second time: so an altered one of the
    /// three is found as an alteration, and is not taken for another record.
    private func identifyBody(key: Span<UInt8>?, value: Span<UInt8>?) -> Place? {
        guard let value, let mark = OldMark(body: value), mark.id == Array(plan.id.utf8) else { return nil }
        let named = place(key: key, sequence: mark.sequence)
        guard let nanoseconds = mark.nanoseconds else { return named }
        let elapsed = nanoseconds - clock.startedAtWallNanoseconds
        guard let number = clock.pace.number(intendedAt: elapsed),
            clock.pace.intendedNanoseconds(of: number) == elapsed
        else { return named }
        let meant = place(ofNumber: number)
        return meant.sequence == mark.sequence || meant.stream == named?.stream ? meant : named
    }

    /// Here the key is the only word for the stream. Timestamp and size tell whether it is to be believed; if not, it is
    /// looked for among all keys, and found where the load is slow enough, or its sizes differ enough, to tell them
    /// apart.
    private func identifyHeaders(
        key: Span<UInt8>?, size: Int?, headers: [RecordHeader], timestamp: Int64
    ) -> Place? {
        guard let mark = OldMark(headers: headers), mark.id == Array(plan.id.utf8),
            mark.sequence < Stamp.sequencesMax
        else { return nil }
        func agrees(_ place: Place) -> Bool {
            let draw = draw(stream: place.stream, sequence: place.sequence)
            guard case .zeros(let count) = draw.value else { return false }
            return draw.timestampMilliseconds == timestamp && count == size
        }
        let named = place(key: key, sequence: mark.sequence)
        if let named, agrees(named) { return named }
        let others = (0..<Int32(streams)).lazy.map { Place(stream: $0, sequence: mark.sequence) }.filter(agrees)
        return others.count == 1 ? others.first : named
    }

    private func place(key: Span<UInt8>?, sequence: Int64) -> Place? {
        guard let key, let number = Decimal.parse(key), number < Int64(streams), sequence < Stamp.sequencesMax
        else { return nil }
        return Place(stream: Int32(number), sequence: sequence)
    }

    func place(ofNumber number: Int64) -> Place {
        Place(stream: Int32(number % Int64(streams)), sequence: number / Int64(streams))
    }

    // MARK: Field by field

    func isKey(_ key: Span<UInt8>?, of draw: Draw) -> Bool {
        guard let key else {
            if case .null = draw.key { return true }
            return false
        }
        switch draw.key {
        case .null: return false
        case .empty: return key.isEmpty
        case .decimal(let number): return Decimal.isWritten(number, in: key, from: 0)
        case .numbered(let number):
            guard key.count > 4, key[0] == UInt8(ascii: "k"), key[1] == UInt8(ascii: "e"),
                key[2] == UInt8(ascii: "y"), key[3] == UInt8(ascii: "-")
            else { return false }
            return Decimal.isWritten(number, in: key, from: 4)
        }
    }

    func isHeaders(_ headers: [RecordHeader], of draw: Draw) -> Bool {
        if plan.format != .headers, draw.headers == 0, !draw.needsStampHeader { return headers.isEmpty }
        return headers == self.headers(of: draw)
    }

    func isValue(_ value: Span<UInt8>?, of draw: Draw) -> Bool {
        guard let value else {
            if case .null = draw.value { return true }
            return false
        }
        switch draw.value {
        case .null: return false
        case .empty: return value.isEmpty
        case .zeros(let count): return value.count == count && Self.isZero(value)
        case .body(let count): return isBody(value, of: draw, count: count)
        case .bytes(let count, let poolStart):
            guard value.count == count else { return false }
            guard count >= Stamp.bytes else {
                return Self.isSame(value, pool.span.extracting(poolStart..<poolStart + count))
            }
            let rest = count - Stamp.bytes
            // The tag says that the stamp is whole; whose it is, is left to see.
            guard let stamp = Stamp(at: value, of: stampSource.topic), stamp == stampSource.stamp(of: draw) else {
                return false
            }
            return Self.isSame(
                value.extracting(last: rest), pool.span.extracting(poolStart..<poolStart + rest))
        }
    }

    private func isBody(_ value: Span<UInt8>, of draw: Draw, count: Int) -> Bool {
        let prefix = prefix(of: draw)
        let payload = min(max(0, count - prefix.count), LoadFormat.payloadMax)
        guard value.count == prefix.count + payload,
            Self.isSame(value.extracting(first: prefix.count), prefix.span)
        else { return false }
        return Self.isSame(value.extracting(last: payload), pool.span.extracting(first: payload))
    }

    /// Both of the same length. No early exit: the compiler makes wide loads of it.
    private static func isSame(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    private static func isZero(_ bytes: Span<UInt8>) -> Bool {
        var difference: UInt8 = 0
        for index in bytes.indices { difference |= bytes[index] }
        return difference == 0
    }
}
