/// What a process tells the steward: what it has to send, which lease it obeys, what it gives back. Stands under the
/// key `rate/demand/<instance>` of the control topic.
package struct DemandMessage: Hashable, Sendable, Codable {
    package static let keyPrefix = "rate/demand/"

    package let instance: String
    /// Tells the process from its predecessors of the same name: their clocks and numbers have nothing in common.
    package let run: Int64
    /// Counts up from 1. A lease says which demand it answers, and holds from the moment at which that one was sent.
    package let sequence: Int64
    package let load: RateLoad
    /// The newest lease that the process has seen a share for itself in; whatever it was given before holds no more.
    package let obeys: LeaseOrder
    /// Of what it was given in answer to earlier demands the process uses no more than this, in millionths of the rate,
    /// already when this is sent: the steward may give the rest away at once.
    package let ceiling: Int?
    /// The setting in force at the process; 0: the configuration's.
    package let setting: Int64
    /// The process goes: this is its last demand.
    package let isLeaving: Bool
    /// The process takes more than it can send, though it has lowered the share of ids that far; `nil`: it does not.
    package let behindAtStep: Int?

    package init(
        instance: String, run: Int64, sequence: Int64, load: RateLoad, obeys: LeaseOrder, ceiling: Int? = nil,
        setting: Int64 = 0, isLeaving: Bool = false, behindAtStep: Int? = nil
    ) {
        self.instance = instance
        self.run = run
        self.sequence = sequence
        self.load = load
        self.obeys = obeys
        self.ceiling = ceiling
        self.setting = setting
        self.isLeaving = isLeaving
        self.behindAtStep = behindAtStep
    }

    package static func key(instance: String) -> [UInt8] { Array((keyPrefix + instance).utf8) }
    package static func isKey(_ key: [UInt8]) -> Bool { key.starts(with: keyPrefix.utf8) }

    package var key: [UInt8] { Self.key(instance: instance) }
    package var encoded: [UInt8] { LeaseWire.encode(self) }

    /// - Parameter key: must name the instance that the value speaks for.
    package init(key: [UInt8], decoding bytes: [UInt8]) throws(LeaseFault) {
        self = try LeaseWire.decode(DemandMessage.self, from: bytes)
        guard LeaseWire.isName(instance), key == self.key else {
            throw LeaseFault("a demand under the key of another instance")
        }
        guard (1...LeaseWire.numberMax).contains(sequence), (0...LeaseWire.numberMax).contains(run),
            (0...LeaseWire.numberMax).contains(setting), obeys.isPlausible, load.isPlausible,
            (0...Lease.whole).contains(ceiling ?? 0), (0...SampleLadder.stepMax).contains(behindAtStep ?? 0)
        else { throw LeaseFault("a demand of \(instance) with a number out of its range") }
    }

    private enum CodingKeys: String, CodingKey {
        case instance, run, load, obeys, ceiling, setting
        case sequence = "seq"
        case isLeaving = "leaving"
        case behindAtStep = "behind_at_step"
    }
}
