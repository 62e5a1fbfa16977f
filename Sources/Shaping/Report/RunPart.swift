/// What one process has done for a flow that is shaped, so far: its part of the run's report. It stands in the flow's control
/// topic, under the key `report/<instance>/<began>`, and holds no byte of a record. A process that begins anew under its name,
/// or with new settings of its clusters, writes another one.
package struct RunPart: Hashable, Sendable, Codable {
    package static let keyPrefix = "report/"

    package var instance: String
    /// Milliseconds since 1970, by the process's own clock.
    package var began: Int64
    package var written: Int64
    /// It is the last one of the process.
    package var isEnd = false
    /// Of the rules in force (`ShapeDefinition.fingerprint`).
    package var fingerprint: String
    /// What of the source is sent, in words.
    package var window = ""
    package var records = Records()
    package var rates: Rates?
    /// How late records went, where they go in their original rhythm.
    package var lateness: Lateness?
    package var policies: [Policy] = []
    package var canary: Canary?
    package var scan: Scan?
    package var findings: [ProofFinding] = []

    /// What is offered is sent, left out for one of five reasons, or waits; what goes aside is sent.
    package struct Records: Hashable, Sendable, Codable {
        package var offered = 0
        package var sent = 0
        package var sampledOut = 0
        package var sampledDown = 0
        package var droppedByRate = 0
        package var outsideWindow = 0
        package var droppedUnsafe = 0
        package var quarantined = 0
        package var waiting = 0

        package init() {}
    }

    /// Records a second, over the seconds in which any went.
    package struct Rates: Hashable, Sendable, Codable {
        package var seconds = 0
        package var mean = 0.0
        package var lowest = 0
        package var highest = 0

        package init() {}
    }

    package struct Lateness: Hashable, Sendable, Codable {
        package var p50Milliseconds: Double
        package var p99Milliseconds: Double
        package var maxMilliseconds: Double

        package init(p50Milliseconds: Double, p99Milliseconds: Double, maxMilliseconds: Double) {
            self.p50Milliseconds = p50Milliseconds
            self.p99Milliseconds = p99Milliseconds
            self.maxMilliseconds = maxMilliseconds
        }
    }

    package struct Policy: Hashable, Sendable, Codable {
        /// From 1, in the configuration's order.
        package var policy: Int
        package var topics: [String]
        /// What becomes of places that nobody lists: `mask`, `drop`, `keep`.
        package var unlisted: String
        package var rules: [Rule]
        package var unlistedPlaces = 0
        package var credentials = 0
        package var unparseable = 0
        package var typeMismatches = 0
        package var unmatchedPaths = 0
    }

    package struct Rule: Hashable, Sendable, Codable {
        package var place: String
        package var action: String
        /// How often its place occurred.
        package var hits: Int
    }

    package struct Canary: Hashable, Sendable, Codable {
        package var everyMilliseconds: Int64
        package var shots: Int
        package var unanswered: Int
        /// Milliseconds since 1970.
        package var last: Int64?

        package init(everyMilliseconds: Int64, shots: Int, unanswered: Int, last: Int64?) {
            self.everyMilliseconds = everyMilliseconds
            self.shots = shots
            self.unanswered = unanswered
            self.last = last
        }
    }

    package struct Scan: Hashable, Sendable, Codable {
        package var share: Double
        package var records: Int

        package init(share: Double, records: Int) {
            self.share = share
            self.records = records
        }
    }

    package init(instance: String, began: Int64, written: Int64, fingerprint: String) {
        self.instance = instance
        self.began = began
        self.written = written
        self.fingerprint = fingerprint
    }
}

extension RunPart {
    package static func isKey(_ key: [UInt8]) -> Bool { key.starts(with: keyPrefix.utf8) }

    package var key: [UInt8] { Array((Self.keyPrefix + instance + "/\(began)").utf8) }
    package var encoded: [UInt8] { LeaseWire.encode(self) }

    /// - Parameter key: must name the instance that the value speaks for.
    package init(key: [UInt8], decoding bytes: [UInt8]) throws(LeaseFault) {
        self = try LeaseWire.decode(RunPart.self, from: bytes)
        guard LeaseWire.isName(instance), key == self.key else {
            throw LeaseFault("a report's part under another's key")
        }
        guard numbers.allSatisfy((0...Self.numberMax).contains) else {
            throw LeaseFault("a report's part with a number out of its range")
        }
    }

    /// The sum over thousands of processes is still a number.
    private static let numberMax: Int64 = 1 << 50

    private var numbers: [Int64] {
        var counts = [
            records.offered, records.sent, records.sampledOut, records.sampledDown,
            records.droppedByRate, records.outsideWindow, records.droppedUnsafe,
            records.quarantined, records.waiting, rates?.seconds ?? 0, rates?.lowest ?? 0, rates?.highest ?? 0,
            canary?.shots ?? 0, canary?.unanswered ?? 0, scan?.records ?? 0,
        ]
        for policy in policies {
            counts += policy.rules.map(\.hits)
            counts += [
                policy.policy, policy.unlistedPlaces, policy.credentials, policy.unparseable, policy.typeMismatches,
                policy.unmatchedPaths,
            ]
        }
        return counts.map(Int64.init) + [began, written, canary?.everyMilliseconds ?? 0, canary?.last ?? 0]
    }
}
