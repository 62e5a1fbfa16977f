import Model

/// The steward's part in a rate that is global over all processes: it shares the rate out by leases that run out.
///
/// Every process keeps a book and hands it all records of the control topic with keys `rate/...`, in the order of the
/// log and from its beginning; only the steward's writes leases. It gives only what nobody else may still be using:
/// what it takes from one process can be given to another when a later demand says that the smaller lease is obeyed (or
/// that the share is given back), or when the larger one has run out. So at every instant the shares in use add up to
/// the rate at most; processes that die, freeze or come can only leave a part of it unused for a few seconds.
///
/// Stewards follow each other by a claim in the log, which all processes read in the same order. A steward that was
/// frozen and does not know of its successor can do no harm: what it writes behind the claim is obeyed by nobody, and
/// all that it wrote in front of it, its successor has read, together with all that may still be in use.
package struct LeaseBook: Sendable {
    /// Unique to the process, not only to its instance name.
    package let steward: String

    let timing: LeaseTiming
    private let configured: RateLimits
    private var role = Role.reader
    var accounts: [LeaseAccount] = []
    private(set) var setting: RateSetting?
    /// The newest steward and lease in the log, claims included.
    private var newest = LeaseOrder.none
    private var newestSteward = ""
    /// The newest lease that is no claim: it lists all that may be in use.
    private var lastList: LeaseMessage?
    /// This steward's last lease.
    var order = LeaseOrder.none
    var isContended = false
    /// When something was last taken that was used.
    var takenAt: Instant?
    /// With `excess: sample_down`.
    var ladder: SampleLadder?

    private enum Role: Sendable {
        case reader
        /// Has written a claim, or is about to, and has not read it back.
        case claiming(epoch: Int64, sentAt: Instant?)
        /// - Parameters:
        ///   - blockedUntil: nothing is known of what others gave before; it has run out by then.
        ///   - isNews: a demand or something else may change the shares.
        case steward(blockedUntil: Instant?, sentAt: Instant?, isNews: Bool)
    }

    package init(
        steward: String, limits: RateLimits, samplesDown: Bool = false, timing: LeaseTiming = LeaseTiming()
    ) {
        ladder = samplesDown ? SampleLadder() : nil
        self.steward = steward
        self.configured = limits
        self.timing = timing
    }

    package var limits: RateLimits { setting?.limits ?? configured }

    package var isSteward: Bool {
        if case .reader = role { return false }
        return true
    }

    // MARK: Slot 0 comes and goes

    /// May be called again and again while slot 0 is this process's.
    package mutating func becomeSteward() {
        guard !isSteward else { return }
        role = .claiming(epoch: newest.epoch + 1, sentAt: nil)
    }

    private mutating func stepDown() {
        role = .reader
        for index in accounts.indices { accounts[index].forget() }
        order = .none
    }

    // MARK: What the log says

    package mutating func noteSetting(_ read: RateSetting) {
        guard read.replaces(setting), read != setting else { return }
        setting = read
        noteNews()
    }

    /// Demands that stood in the log before this process began to read it are better left out: who wrote them may be
    /// gone.
    package mutating func noteDemand(_ demand: DemandMessage, at now: Instant) {
        let known = accounts.firstIndex { $0.instance == demand.instance && $0.run == demand.run }
        if known == nil {
            accounts.removeAll { !$0.isPresent(at: now, timing: timing) && $0.live(at: now) == 0 }
            accounts.append(LeaseAccount(instance: demand.instance, run: demand.run))
            for index in accounts.indices where accounts[index].instance == demand.instance {
                if accounts[index].run < demand.run { accounts[index].succeed() }
            }
        }
        if accounts[known ?? accounts.count - 1].note(demand, order: order, at: now) { noteNews() }
    }

    package mutating func noteLease(_ lease: LeaseMessage, at now: Instant) {
        if let setting = lease.setting { noteSetting(setting) }
        // Of two claims of one epoch the first in the log counts, for everybody.
        guard lease.order > newest, lease.order.epoch > newest.epoch || lease.steward == newestSteward else { return }
        let previous = newest.epoch
        newest = lease.order
        newestSteward = lease.steward
        if !lease.isClaim {
            lastList = lease
            if lease.steward != steward { ladder?.adopt(lease.sampleStep ?? 0) }
        }
        switch role {
        case .reader: break
        case .claiming(let epoch, let sentAt):
            if lease.steward == steward, lease.order.epoch == epoch {
                takeOver(after: previous, at: now)
            } else if lease.order.epoch >= epoch {
                role = .claiming(epoch: lease.order.epoch + 1, sentAt: nil)
            } else {
                role = .claiming(epoch: epoch, sentAt: sentAt)
            }
        case .steward:
            // Slot 0 has another owner, and this process will soon hear of it.
            if lease.steward != steward { stepDown() }
        }
    }

    /// This steward's claim stands in the log, and every lease in front of it was read.
    private mutating func takeOver(after previous: Int64, at now: Instant) {
        order = LeaseOrder(epoch: newest.epoch, revision: newest.revision)
        var blockedUntil: Instant?
        if let lastList, lastList.order.epoch == previous {
            for grant in lastList.grants { inherit(grant, at: now) }
        } else if previous > 0 {
            // The predecessor has not come to tell what its own predecessors gave.
            blockedUntil = now.advanced(milliseconds: timing.validity + timing.margin)
        }
        role = .steward(blockedUntil: blockedUntil, sentAt: nil, isNews: true)
    }

    private mutating func inherit(_ grant: LeaseMessage.Grant, at now: Instant) {
        let known = accounts.firstIndex { $0.instance == grant.instance && $0.run == grant.run }
        if known == nil { accounts.append(LeaseAccount(instance: grant.instance, run: grant.run)) }
        accounts[known ?? accounts.count - 1].inherit(grant, timing: timing, at: now)
    }

    private mutating func noteNews() {
        guard case .steward(let blockedUntil, let sentAt, _) = role else { return }
        role = .steward(blockedUntil: blockedUntil, sentAt: sentAt, isNews: true)
    }

    // MARK: What the steward says

    /// The lease (or claim) to be written to the control topic now, if one is due. To be called many times a second,
    /// after what was read of the control topic was noted.
    package mutating func nextLease(at now: Instant) -> LeaseMessage? {
        switch role {
        case .reader: return nil
        case .claiming(let epoch, let sentAt):
            if let sentAt, now.milliseconds(since: sentAt) < timing.claimEvery { return nil }
            role = .claiming(epoch: epoch, sentAt: now)
            return LeaseMessage(
                steward: steward, order: LeaseOrder(epoch: epoch, revision: 0), isClaim: true, setting: setting)
        case .steward(let blockedUntil, let sentAt, let isNews):
            if let blockedUntil, now < blockedUntil { return nil }
            let since = sentAt.map { now.milliseconds(since: $0) } ?? Int64.max
            guard since >= timing.leaseEvery || isNews && since >= timing.urgentEvery else { return nil }
            var plan = plan(at: now)
            if adjustSample(at: now) { plan.isUrgent = true }
            guard since >= timing.leaseEvery || plan.isUrgent else {
                role = .steward(blockedUntil: nil, sentAt: sentAt, isNews: false)
                return nil
            }
            role = .steward(blockedUntil: nil, sentAt: now, isNews: false)
            return lease(plan, at: now)
        }
    }
}
