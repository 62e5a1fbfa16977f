import Model

/// The part of every process in a rate that is global over all processes of a flow: it says what the process needs, and
/// knows what share of the rate the process may use now.
///
/// What keeps the sum of all shares below the rate, with clocks that have nothing in common: a lease answers a demand
/// and holds from the moment at which this demand was *sent*, by the process's own clock. The steward holds the share
/// back from the moment at which it *received* the demand, which is later. Whoever hears nothing, is frozen or cut off,
/// stops.
///
/// Whoever calls hands over all records of the control topic with keys `rate/...`, in the order of the log, and calls
/// `nextDemand` many times a second.
package struct LeaseMember: Sendable {
    package let instance: String
    package let run: Int64
    /// What the process has to send; to be kept up to date.
    package var load = RateLoad()
    package private(set) var setting: RateSetting?
    /// How far the share of ids is lowered in all processes, as the newest lease says.
    package private(set) var sampleStep = 0
    /// Whether this process takes more than it can send all the same; to be kept up to date.
    package var isBehind = false

    private let configured: RateLimits
    private let timing: LeaseTiming
    /// The newest lease in the log: what stands before it in the order is stale.
    private var newest = LeaseOrder.none
    private var newestSteward = ""
    private var held: Held?
    /// What the held lease gave before the last one took something away; told to the steward at once.
    private var mustAcknowledge = false
    private var isContended = false
    private var sent: [SentDemand] = []
    private var sequence: Int64 = 0
    private var lastNeed = LeaseNeed(need: 0)
    private var pulse: Instant?
    private var hasLeft = false
    private var handsOverUntil: Instant?
    private var isHandOverNews = false

    private struct Held: Sendable {
        var order: LeaseOrder
        var sequence: Int64
        var share: Int
        /// By the process's own clock.
        var until: Instant
    }

    private struct SentDemand: Sendable {
        var sequence: Int64
        var at: Instant
        var ceiling: Int?
    }

    /// - Parameters:
    ///   - run: a higher one for each process that has this instance name, such as the time of its start.
    ///   - limits: the configuration's, in force until a setting is read.
    package init(instance: String, run: Int64, limits: RateLimits, timing: LeaseTiming = LeaseTiming()) {
        self.instance = instance
        self.run = run
        self.configured = limits
        self.timing = timing
    }

    /// The rate in force for the flow, of which `shareNow` is a part.
    package var limits: RateLimits { setting?.limits ?? configured }
    package var isPaused: Bool { setting?.paused ?? false }

    /// What a lane may use until it is told otherwise: kept where lanes can read it, and dropped by them at its end.
    package struct Allowance: Hashable, Sendable {
        package var share: Double
        package var limits: RateLimits
        package var until: Instant
    }

    package func allowance(at now: Instant) -> Allowance {
        var until = held?.until ?? now
        if let pulse { until = min(until, pulse.advanced(milliseconds: timing.pulseMax)) }
        return Allowance(share: shareNow(at: now), limits: limits, until: until)
    }

    /// The part of the rate that may be used now, 0 to 1.
    package func shareNow(at now: Instant) -> Double {
        guard !isPaused, let pulse, now < pulse.advanced(milliseconds: timing.pulseMax) else { return 0 }
        return Double(leased(at: now)) / Double(Lease.whole)
    }

    /// The share that is leased, in millionths, whether or not it may be used just now.
    package func leased(at now: Instant) -> Int {
        guard let held, now < held.until else { return 0 }
        return held.share
    }

    // MARK: What the log says

    package mutating func noteSetting(_ read: RateSetting) {
        if read.replaces(setting) { setting = read }
    }

    package mutating func noteLease(_ lease: LeaseMessage, at now: Instant) {
        if let setting = lease.setting { noteSetting(setting) }
        guard isNewer(lease) else { return }
        newest = lease.order
        newestSteward = lease.steward
        guard !lease.isClaim else { return }
        isContended = lease.isContended
        sampleStep = lease.sampleStep ?? 0
        for grant in lease.grants where grant.instance == instance && grant.run == run {
            adopt(grant, of: lease, at: now)
        }
    }

    /// Of two stewards that claim the same epoch, the one counts that stands first in the log, for everybody.
    private func isNewer(_ lease: LeaseMessage) -> Bool {
        if lease.order.epoch == newest.epoch, lease.steward != newestSteward { return false }
        return lease.order > newest
    }

    private mutating func adopt(_ grant: LeaseMessage.Grant, of lease: LeaseMessage, at now: Instant) {
        guard let answered = sent.first(where: { $0.sequence == grant.sequence }) else { return }
        // The steward did not know yet what has been given back since.
        let share = sent.reduce(grant.share) { share, demand in
            demand.sequence > grant.sequence ? min(share, demand.ceiling ?? share) : share
        }
        // A new steward knows only what its predecessor's last lease says: it hears at once what is obeyed.
        if let held, now < held.until, share < held.share || lease.order.epoch > held.order.epoch {
            mustAcknowledge = true
        }
        held = Held(
            order: lease.order, sequence: grant.sequence, share: share,
            until: answered.at.advanced(milliseconds: timing.validity))
    }

    // MARK: What the process says

    /// The demand to be written to the control topic now, if one is due. To be called many times a second, after what
    /// was read of the control topic was noted.
    package mutating func nextDemand(at now: Instant) -> DemandMessage? {
        guard !hasLeft else { return nil }
        pulse = now
        let need = LeaseNeed(of: load, limits: limits)
        guard isDue(need: need, at: now) else { return nil }
        return demand(need: need, ceiling: ceiling(need: need, at: now), isLeaving: false, at: now)
    }

    /// The last demand of a process that goes in peace: its share is free at once. It must not send any more.
    package mutating func leave(at now: Instant) -> DemandMessage {
        hasLeft = true
        return demand(need: LeaseNeed(need: 0), ceiling: 0, isLeaving: true, at: now)
    }

    /// Some of the process's partitions go to another one, which needs their part of the rate as soon as it has them: what is not
    /// needed here is given back, though nobody has asked for it yet.
    package mutating func noteLostPartitions(at now: Instant) {
        handsOverUntil = now.advanced(milliseconds: timing.handOver)
        isHandOverNews = true
    }

    private func isDue(need: LeaseNeed, at now: Instant) -> Bool {
        guard let last = sent.last else { return true }
        let since = now.milliseconds(since: last.at)
        if since >= timing.demandEvery { return true }
        let isNews = abs(need.need - lastNeed.need) > Self.newsMin || need.isHungry != lastNeed.isHungry
        return isHandOverNews || since >= timing.urgentEvery && (mustAcknowledge || isNews)
    }

    /// A change of what is needed that is worth a message of its own.
    private static let newsMin = 50_000
    /// What is worth giving back, and what is kept by whoever needs nothing: enough to begin with.
    private static let returnMinDry = 4_000
    private static let returnMin = 15_000
    private static let keptMin = 1_000

    private func ceiling(need: LeaseNeed, at now: Instant) -> Int? {
        if let handsOverUntil, now < handsOverUntil, need.isDry { return max(need.need, Self.keptMin) }
        let least = need.isDry ? Self.returnMinDry : Self.returnMin
        guard isContended, !need.isHungry, need.need + least < leased(at: now) else { return nil }
        return max(need.need, Self.keptMin)
    }

    private mutating func demand(need: LeaseNeed, ceiling: Int?, isLeaving: Bool, at now: Instant) -> DemandMessage {
        sequence += 1
        lastNeed = need
        mustAcknowledge = false
        isHandOverNews = false
        if let ceiling, let share = held?.share { held?.share = min(share, ceiling) }
        // An answer to an older demand would have run out before it came.
        sent.removeAll { now.milliseconds(since: $0.at) >= timing.validity }
        sent.append(SentDemand(sequence: sequence, at: now, ceiling: ceiling))
        return DemandMessage(
            instance: instance, run: run, sequence: sequence, load: load, obeys: held?.order ?? .none,
            ceiling: ceiling, setting: setting?.id ?? 0, isLeaving: isLeaving,
            behindAtStep: isBehind ? sampleStep : nil)
    }
}
