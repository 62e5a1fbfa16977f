import Foundation
import Model

/// A request to set the position of one stopped partition while the flow runs, and later the answer to it: the value of
/// the key `seek/<topic>/<partition>` in the control topic.
///
/// Written by `martlet positions set`. The owner of the partition's slot answers under the same key, in the transaction
/// that moves the position, so an answer is as true as the position itself. The command takes the key away in the end.
package struct SeekRecord: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case asked
        case applied
        case refused(reason: String)
    }

    /// No two requests have the same. The position keeps the id of the last request that was answered: an owner whose
    /// copy of the control topic is behind cannot answer it again.
    package let id: String
    /// The position that whoever asks has seen; `nil`: none, it is lost. Any other refuses the request.
    package let from: Int64?
    /// The next source offset to read.
    package let to: Int64
    package var state: State

    package init(id: String, from: Int64?, to: Int64, state: State = .asked) {
        self.id = id
        self.from = from
        self.to = to
        self.state = state
    }

    /// Of a flow that replays a window several times: its owner sets a partition back that has come to the window's end. It
    /// is not stopped then but at rest, and where it stands is not asked.
    ///
    /// - Parameter round: no two rounds of the flow have the same.
    package static func again(round: Int64, to: Int64) -> SeekRecord {
        SeekRecord(id: "\(againPrefix)\(round)", from: nil, to: to)
    }

    package var isAgain: Bool { id.hasPrefix(Self.againPrefix) }

    private static let againPrefix = "replay-"

    package static let keyPrefix = "seek/"

    package static func key(_ source: TopicPartition) -> [UInt8] {
        Array(keyPrefix.utf8) + SlotKey.position(source).encoded
    }

    /// Whether a control record is a request, or was meant to be one.
    package static func isKey(_ key: [UInt8]) -> Bool { key.starts(with: keyPrefix.utf8) }

    /// The partition that a key names; `nil` for whatever is not exactly what `key` gives.
    package static func source(ofKey key: [UInt8]) -> TopicPartition? {
        guard isKey(key), case .position(let source) = SlotKey(decoding: Array(key.dropFirst(keyPrefix.utf8.count)))
        else { return nil }
        return source
    }

    /// Whether the text can be an id: it stands in positions, which are written by hand.
    package static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(\.isLegalInTopic)
    }
}

extension SeekRecord {
    private static let version = 1
    /// Reasons are shown at a terminal: one line, and a short one.
    private static let reasonBytesMax = 2_000

    package var encoded: [UInt8] {
        var wire = Wire(id: id, from: from, to: to)
        switch state {
        case .asked: break
        case .applied: wire.outcome = Wire.applied
        case .refused(let reason):
            wire.outcome = Wire.refused
            wire.reason = Self.oneLine(reason)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(wire) else { preconditionFailure("numbers and strings always encode") }
        return Array(data)
    }

    package init(decoding value: [UInt8]) throws(RecordFault) {
        let wire = try decodeRecord(Wire.self, from: value, version: Self.version)
        guard Self.isID(wire.id) else {
            throw .unreadable(reason: "a request to set a position without an id of 1 to 64 letters, digits, or .-_")
        }
        // Negative offsets are words to librdkafka: -1 is the end, and all before it would be skipped.
        guard wire.to >= 0, wire.from ?? 0 >= 0 else {
            throw .unreadable(reason: "a request to set a position with a negative offset")
        }
        self.init(id: wire.id, from: wire.from, to: wire.to, state: try wire.state())
    }

    /// Control characters could do anything to a terminal.
    private static let hidden: Set<Unicode.GeneralCategory> = [
        .control, .format, .lineSeparator, .paragraphSeparator,
    ]

    private static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            let shown = hidden.contains(scalar.properties.generalCategory) ? " " : Character(scalar)
            guard line.utf8.count + shown.utf8.count <= reasonBytesMax else { break }
            line.append(shown)
        }
        return line
    }

    private struct Wire: Codable {
        static let applied = "applied"
        static let refused = "refused"

        var v = SeekRecord.version
        let id: String
        let from: Int64?
        let to: Int64
        var outcome: String?
        var reason: String?

        init(id: String, from: Int64?, to: Int64) {
            self.id = id
            self.from = from
            self.to = to
        }

        func state() throws(RecordFault) -> State {
            switch (outcome, reason) {
            case (nil, nil): return .asked
            case (Self.applied, nil): return .applied
            case (Self.refused, let reason?) where SeekRecord.oneLine(reason) == reason:
                return .refused(reason: reason)
            default:
                throw .unreadable(reason: "an answer to a request which is neither applied nor refused with a reason")
            }
        }
    }
}
