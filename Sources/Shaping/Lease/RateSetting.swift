import Model

/// What `martlet rate` wrote last, under the key `rate/setting` of the control topic: from then on it stands in the
/// place of the configuration's rate, on every process.
package struct RateSetting: Hashable, Sendable, Codable {
    package static let key: [UInt8] = Array("rate/setting".utf8)

    /// The highest one counts, so that a copy that arrives late changes nothing; among equals the later one in the log.
    package let id: Int64
    package let recordsPerSecond: Double?
    package let bytesPerSecond: Double?
    /// The kill switch: nothing is sent by any process.
    package let paused: Bool
    /// Of a flow that replays: 2 is twice as fast. `nil`: the configuration's.
    package let speed: Double?

    package init(id: Int64, limits: RateLimits, paused: Bool = false, speed: Double? = nil) {
        self.id = id
        self.speed = speed
        recordsPerSecond = limits.recordsPerSecond
        bytesPerSecond = limits.bytesPerSecond
        self.paused = paused
    }

    package var limits: RateLimits {
        RateLimits(recordsPerSecond: recordsPerSecond, bytesPerSecond: bytesPerSecond)
    }

    /// Whether this one is to be obeyed by whoever has obeyed `other` up to now.
    package func replaces(_ other: RateSetting?) -> Bool {
        guard let other else { return true }
        return id >= other.id
    }

    package var encoded: [UInt8] { LeaseWire.encode(self) }

    package init(decoding bytes: [UInt8]) throws(LeaseFault) {
        self = try LeaseWire.decode(RateSetting.self, from: bytes)
        try check()
    }

    func check() throws(LeaseFault) {
        guard (1...LeaseWire.numberMax).contains(id) else {
            throw LeaseFault("id \(id) of a rate; expected a whole number from 1 on")
        }
        for rate in [recordsPerSecond, bytesPerSecond].compactMap({ $0 }) where !Self.rates.contains(rate) {
            throw LeaseFault("a rate of \(rate) a second; expected one above 0 (to stop everything, pause)")
        }
        if let speed, !ReplayDefinition.speeds.contains(speed) {
            throw LeaseFault("a speed of \(speed); expected one from 0.1 to 20")
        }
    }

    /// From one in a quarter of an hour to more than any network carries.
    private static let rates = 0.001...1e15

    private enum CodingKeys: String, CodingKey {
        case id, paused, speed
        case recordsPerSecond = "records_per_s"
        case bytesPerSecond = "bytes_per_s"
    }
}
