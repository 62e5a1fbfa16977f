/// How far one process is in a replay, told about twice a second under the key `rate/front/<instance>` of the control
/// topic: by it the steward knows when all are ready to begin, where a gap is, and who has fallen behind.
package struct ReplayFront: Hashable, Sendable, Codable {
    package static let keyPrefix = "rate/front/"

    package var instance: String
    /// Of the plan that the process follows; -1: of none yet.
    package var epoch: Int64 = -1
    /// Partitions that the process reads.
    package var partitions = 0
    /// Every one of them has a record that waits, or has come to its end.
    package var isReady = true
    /// Every one of them has come to its end, and nothing waits.
    package var isDone = false
    /// Milliseconds of source time: of the latest record that went, and of the earliest one that waits.
    package var last: Int64?
    package var next: Int64?
    /// How far the process has fallen behind what it may send.
    package var behindMilliseconds: Int64 = 0

    package init(instance: String) {
        self.instance = instance
    }

    /// Of two lanes of one process, what the process tells.
    package func joined(with other: ReplayFront) -> ReplayFront {
        var both = self
        both.epoch = min(epoch, other.epoch)
        both.partitions += other.partitions
        both.isReady = isReady && other.isReady
        both.isDone = isDone && other.isDone
        both.last = [last, other.last].compactMap { $0 }.max()
        both.next = [next, other.next].compactMap { $0 }.min()
        both.behindMilliseconds = max(behindMilliseconds, other.behindMilliseconds)
        return both
    }

    package static func isKey(_ key: [UInt8]) -> Bool { key.starts(with: keyPrefix.utf8) }

    package var key: [UInt8] { Array((Self.keyPrefix + instance).utf8) }
    package var encoded: [UInt8] { LeaseWire.encode(self) }

    /// - Parameter key: must name the instance that the value speaks for.
    package init(key: [UInt8], decoding bytes: [UInt8]) throws(LeaseFault) {
        self = try LeaseWire.decode(ReplayFront.self, from: bytes)
        guard LeaseWire.isName(instance), key == self.key else {
            throw LeaseFault("a front under the key of another instance")
        }
        let numbers = [epoch + 1, Int64(partitions), last ?? 0, next ?? 0, behindMilliseconds]
        guard epoch >= -1, epoch < LeaseWire.numberMax,
            numbers.allSatisfy({ (0...LeaseWire.numberMax).contains($0) })
        else { throw LeaseFault("a front of \(instance) with a number out of its range") }
    }

    private enum CodingKeys: String, CodingKey {
        case instance, epoch, partitions, last, next
        case isReady = "ready"
        case isDone = "done"
        case behindMilliseconds = "behind_ms"
    }
}
