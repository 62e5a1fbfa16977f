import Model
import Records

/// Why it is doubtful that a partition's log is still the one that was mirrored, or still holds what comes next.
package enum SourceDoubt: Hashable, Sendable, CustomStringConvertible {
    /// The log does not hold the offset that was to be read.
    case outOfRange
    /// The source did not show the topic, at least for a moment.
    case vanished
    /// Another record stands where the marked one stood.
    case changed
    /// No record stands where the marked one stood.
    case unmarked
    /// The log ends below the position.
    case short
    /// The source shows a topic again that was deleted.
    case returned

    package var description: String {
        switch self {
        case .outOfRange: "the source does not hold the next offset"
        case .vanished: "the source does not show the topic"
        case .changed: "the source holds another record where a mirrored one was"
        case .unmarked: "the source does not hold a record that was mirrored"
        case .short: "the source ends below the position"
        case .returned: "the source shows a topic again that it had deleted"
        }
    }
}

/// Proofs that are under way. A partition is read from its marked record on, which lies below its position: where it
/// stands unchanged, the log is the one of before, and what lies below the position is not handed out. So the proof
/// comes from the same fetch as the records that rest on it, and costs no request of its own.
package struct LogProofs {
    private var open: [Int32: Proof] = [:]
    private var doubts: [(index: Int32, doubt: SourceDoubt)] = []

    private struct Proof {
        let position: Int64
        let mark: RecordMark
        var isMet = false
        var isBroken = false
    }

    package init() {}

    package var isEmpty: Bool { open.isEmpty }

    /// Where the reading must begin, to prove the log on its way to the start's offset.
    package mutating func expect(_ start: PartitionStart) -> Int64 {
        guard let mark = start.mark, mark.offset < start.offset else {
            open[start.index] = nil
            return start.offset
        }
        open[start.index] = Proof(position: start.offset, mark: mark)
        return mark.offset
    }

    package mutating func forget(_ index: Int32) {
        open[index] = nil
        doubts.removeAll { $0.index == index }
    }

    /// Whether a read may be handed out. Asked for every read while a proof is under way, in their order.
    package mutating func admits(_ read: Read, checksum: (Read) -> UInt64) -> Bool {
        guard var proof = open[read.partition] else { return true }
        guard !proof.isBroken else { return false }
        if !proof.isMet {
            guard read.offset == proof.mark.offset, checksum(read) == proof.mark.checksum else {
                refute(read.partition, read.offset == proof.mark.offset ? .changed : .unmarked)
                return false
            }
            proof.isMet = true
            open[read.partition] = proof
        }
        guard read.offset >= proof.position else { return false }
        open[read.partition] = nil
        return true
    }

    /// Whether the end of a partition may be told: not while it lies below the position, or the mark was not met.
    package mutating func admitsEnd(of index: Int32, at offset: Int64) -> Bool {
        guard let proof = open[index] else { return true }
        guard !proof.isBroken else { return false }
        guard offset >= proof.position else {
            refute(index, .short)
            return false
        }
        guard proof.isMet else {
            refute(index, .unmarked)
            return false
        }
        open[index] = nil
        return true
    }

    package mutating func takeDoubts() -> [(index: Int32, doubt: SourceDoubt)] {
        guard !doubts.isEmpty else { return [] }
        defer { doubts = [] }
        return doubts
    }

    private mutating func refute(_ index: Int32, _ doubt: SourceDoubt) {
        open[index]?.isBroken = true
        doubts.append((index, doubt))
    }
}
