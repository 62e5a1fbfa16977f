/// Shares are counted in millionths of the rate: whole numbers add up exactly.
package enum Lease {
    package static let whole = 1_000_000
}

/// What the steward tells all processes, under the key `rate/lease` of the control topic.
///
/// A new steward first writes a claim, and gives nothing before it has read it back: whatever a predecessor wrote in
/// front of it is then known, and what it writes behind it is obeyed by nobody.
package struct LeaseMessage: Hashable, Sendable, Codable {
    package static let key: [UInt8] = Array("rate/lease".utf8)

    package let steward: String
    package let order: LeaseOrder
    package let isClaim: Bool
    /// Somebody wants more than is to be had: who needs less than it holds gives it back.
    package let isContended: Bool
    /// The setting in force, for whoever has not read it yet; `nil`: the configuration's.
    package let setting: RateSetting?
    package let grants: [Grant]
    /// How far all processes lower the share of ids that they take (`SampleLadder`); without it, not at all.
    package let sampleStep: Int?

    package struct Grant: Hashable, Sendable, Codable {
        package let instance: String
        package let run: Int64
        /// The demand that is answered; 0: none, the grant only tells what may still be used.
        package let sequence: Int64
        package let share: Int
        /// The most that the process may be using, by this lease or by earlier ones: what a new steward must assume.
        package let live: Int

        package init(instance: String, run: Int64, sequence: Int64, share: Int, live: Int) {
            self.instance = instance
            self.run = run
            self.sequence = sequence
            self.share = share
            self.live = live
        }

        private enum CodingKeys: String, CodingKey {
            case instance, run, share, live
            case sequence = "seq"
        }
    }

    package init(
        steward: String, order: LeaseOrder, isClaim: Bool = false, isContended: Bool = false,
        setting: RateSetting? = nil, grants: [Grant] = [], sampleStep: Int? = nil
    ) {
        self.steward = steward
        self.order = order
        self.isClaim = isClaim
        self.isContended = isContended
        self.setting = setting
        self.grants = grants
        self.sampleStep = sampleStep
    }

    package var encoded: [UInt8] { LeaseWire.encode(self) }

    package init(decoding bytes: [UInt8]) throws(LeaseFault) {
        self = try LeaseWire.decode(LeaseMessage.self, from: bytes)
        guard LeaseWire.isName(steward), order.isPlausible, order.epoch > 0, !isClaim || grants.isEmpty,
            (0...SampleLadder.stepMax).contains(sampleStep ?? 0)
        else {
            throw LeaseFault("a lease without a steward, or with a number out of its range")
        }
        try setting?.check()
        var sum = 0
        for grant in grants {
            guard LeaseWire.isName(grant.instance), (0...LeaseWire.numberMax).contains(grant.run),
                (0...LeaseWire.numberMax).contains(grant.sequence), (0...Lease.whole).contains(grant.live),
                (0...grant.live).contains(grant.share)
            else { throw LeaseFault("a lease with a grant out of its range") }
            sum &+= grant.live
            guard sum <= Lease.whole else { throw LeaseFault("a lease that gives more than the rate") }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case steward, order, setting, grants
        case isClaim = "claim"
        case sampleStep = "sample_step"
        case isContended = "contended"
    }
}
