import Model

/// How a record says which one it is.
///
/// The two old formats are those of AppsFlyer's kafka-mirror-tester, to the byte, so that its producers and consumers
/// work together with ours. There, sequences count for each key of an id, and the keys are `0 ..< 17 x partitions`.
package enum LoadFormat: String, Sendable, Codable, CaseIterable {
    case martlet
    /// `id;sequence;nanoseconds;0123456789...` in the value.
    case body
    /// `id` and `seq` in headers; the value is zeros.
    case headers

    /// A hash spreads so many keys over a partition each; we place them in turn.
    static let keysPerPartition = 17

    static let idHeader = Array("id".utf8)
    static let sequenceHeader = Array("seq".utf8)

    /// The old tool writes no longer payload.
    static let payloadMax = 1_000_000

    static func isFit(id: String) -> Bool { !id.isEmpty && !id.utf8.contains(UInt8(ascii: ";")) }
}

/// What one record of the old formats says of itself.
struct OldMark: Equatable {
    let id: [UInt8]
    let sequence: Int64
    /// Since 1970; only in the body.
    let nanoseconds: Int64?

    /// Four parts, the second and third numbers: what the old consumer takes, and nothing else.
    init?(body: Span<UInt8>) {
        var ends: [Int] = []
        ends.reserveCapacity(3)
        // No part but the payload is long, and no payload holds a semicolon.
        for index in body.indices.prefix(Self.prefixMax) where body[index] == UInt8(ascii: ";") {
            ends.append(index)
            if ends.count == 3 { break }
        }
        guard ends.count == 3, ends[0] > 0,
            let sequence = Decimal.parse(body.extracting(ends[0] + 1..<ends[1])),
            let nanoseconds = Decimal.parse(body.extracting(ends[1] + 1..<ends[2]))
        else { return nil }
        var id: [UInt8] = []
        id.reserveCapacity(ends[0])
        for index in 0..<ends[0] { id.append(body[index]) }
        self.id = id
        self.sequence = sequence
        self.nanoseconds = nanoseconds
    }

    init?(headers: [RecordHeader]) {
        guard let id = headers.first(where: { $0.name == LoadFormat.idHeader })?.value, !id.isEmpty,
            let text = headers.first(where: { $0.name == LoadFormat.sequenceHeader })?.value,
            let sequence = Decimal.parse(text.span)
        else { return nil }
        self.id = id
        self.sequence = sequence
        nanoseconds = nil
    }

    private static let prefixMax = 512
}

/// Whole numbers as text, without the detour by way of strings.
enum Decimal {
    /// `nil` for anything but 1 to 19 digits that fit.
    static func parse(_ text: Span<UInt8>) -> Int64? {
        guard (1...19).contains(text.count) else { return nil }
        var number: UInt64 = 0
        for index in text.indices {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            number = number &* 10 &+ UInt64(digit)
        }
        return Int64(exactly: number)
    }

    /// Whether `text`, from `start` on, is this number and nothing else.
    static func isWritten(_ number: Int, in text: Span<UInt8>, from start: Int) -> Bool {
        var (rest, index) = (number, text.count - 1)
        repeat {
            guard index >= start, text[index] == UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) else {
                return false
            }
            (rest, index) = (rest / 10, index - 1)
        } while rest > 0
        return index == start - 1
    }
}
