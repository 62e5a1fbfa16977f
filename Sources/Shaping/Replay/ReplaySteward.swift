import Model

/// Decides which plan a flow's processes follow. Every process keeps one and notes what it reads of the control topic, so
/// that whoever becomes the steward knows all; only the steward asks for `next`.
///
/// A plan is a new record with a higher epoch, and the steward says nothing further before it has read its own word back.
package struct ReplaySteward: Sendable {
    private let definition: ReplayDefinition
    /// Source time that is due first; `nil`: that of the earliest record which waits.
    private let origin: Int64?
    package private(set) var plan: ReplayPlan?
    private var setting: RateSetting?
    private var fronts: [String: (front: ReplayFront, at: Instant)] = [:]
    private var waitsSince: Instant?
    private var written: (epoch: Int64, at: Instant)?

    /// What the first records need to be there when they are due: a plan reaches everybody, and they read.
    package static let leadMilliseconds: Int64 = 2_000
    /// In which positions are set back besides.
    package static let roundMilliseconds: Int64 = 5_000
    /// Whoever is not ready by then begins late.
    private static let patienceMilliseconds: Int64 = 30_000
    private static let frontMilliseconds: Int64 = 5_000
    private static let answerMilliseconds: Int64 = 5_000
    /// A window that is over for so long, while records of it wait, is replayed as one that begins with them.
    private static let overMilliseconds: Int64 = 60_000
    private static let shiftMilliseconds: Int64 = 100

    package init(_ definition: ReplayDefinition, origin: Int64?) {
        self.definition = definition
        self.origin = origin
    }

    package mutating func note(_ plan: ReplayPlan) {
        if plan.epoch > self.plan?.epoch ?? -1 { self.plan = plan }
    }

    /// The replay that it was for is over.
    package mutating func forgetPlan() { plan = nil }

    /// All of the window has gone, from everybody who is there.
    package func isDone(registered: Int) -> Bool {
        let live = fronts.values.map(\.front)
        return live.allSatisfy(\.isDone) && live.reduce(0) { $0 + $1.partitions } >= registered
    }

    package mutating func note(_ setting: RateSetting) {
        if setting.replaces(self.setting) { self.setting = setting }
    }

    package mutating func note(_ front: ReplayFront, at now: Instant) {
        fronts[front.instance] = (front, now)
        forgetFronts(at: now)
    }

    private mutating func forgetFronts(at now: Instant) {
        fronts = fronts.filter { now.milliseconds(since: $0.value.at) < Self.frontMilliseconds }
    }

    /// The plan to be written now, if any.
    ///
    /// - Parameters:
    ///   - registered: partitions that the flow mirrors.
    ///   - wall: nanoseconds since 1970.
    package mutating func next(registered: Int, wallNanoseconds wall: Int64, at now: Instant) -> ReplayPlan? {
        if let written, plan?.epoch ?? -1 < written.epoch,
            now.milliseconds(since: written.at) < Self.answerMilliseconds
        {
            return nil
        }
        forgetFronts(at: now)
        let live = fronts.values.map(\.front)
        let next = plan.map { following($0, live, registered, wall) } ?? beginning(live, registered, wall, now)
        if let next { written = (next.epoch, now) }
        return next
    }

    // MARK: The first plan

    /// Once every partition has somebody who holds its first records, or after a while without that.
    private mutating func beginning(
        _ live: [ReplayFront], _ registered: Int, _ wall: Int64, _ now: Instant
    ) -> ReplayPlan? {
        guard live.contains(where: { $0.partitions > 0 }) else { return nil }
        let since = waitsSince ?? now
        waitsSince = since
        let isReady = live.allSatisfy(\.isReady) && live.reduce(0) { $0 + $1.partitions } >= registered
        guard isReady || now.milliseconds(since: since) >= Self.patienceMilliseconds else { return nil }
        let begin = wall / 1_000_000 + Self.leadMilliseconds
        return ReplayPlan.beginning(
            source: origin ?? live.compactMap(\.next).min() ?? wall / 1_000_000, wallMilliseconds: begin,
            speed: setting?.speed ?? definition.speed)
    }

    // MARK: Later plans

    private func following(
        _ plan: ReplayPlan, _ live: [ReplayFront], _ registered: Int, _ wall: Int64
    ) -> ReplayPlan? {
        let isPaused = setting?.paused ?? false
        if isPaused, plan.pausedNanoseconds == nil { return plan.pausing(atWall: wall) }
        if !isPaused, plan.pausedNanoseconds != nil { return plan.resuming(atWall: wall) }
        let speed = ReplayPlan.millionths(of: setting?.speed ?? definition.speed)
        if let speed, speed != plan.speedMillionths { return plan.changing(speedMillionths: speed, atWall: wall) }
        guard !isPaused, !live.isEmpty else { return nil }
        if let again = beginningAgain(plan, live, wall) { return again }
        guard live.allSatisfy({ $0.epoch == plan.epoch }) else { return nil }
        return nextRound(plan, registered, wall) ?? shifted(plan, live) ?? cut(plan, live, wall)
    }

    /// A window is replayed once more after its positions were set back, or goes on after everybody was gone: what waits
    /// would all be due at once.
    private func beginningAgain(_ plan: ReplayPlan, _ live: [ReplayFront], _ wall: Int64) -> ReplayPlan? {
        guard let to = definition.to, live.allSatisfy(\.isReady), let next = live.compactMap(\.next).min(), next < to
        else { return nil }
        let end = plan.dueNanoseconds(of: to)
        guard wall > end, (wall - end) / 1_000_000 > Self.overMilliseconds else { return nil }
        return plan.beginningAgain(source: next, wall: wall + Self.leadMilliseconds * 1_000_000)
    }

    /// Once all of the window has gone everywhere. Each process sets its own partitions back when it sees the plan.
    private func nextRound(_ plan: ReplayPlan, _ registered: Int, _ wall: Int64) -> ReplayPlan? {
        guard let from = definition.from, let to = definition.to, plan.loop + 1 < definition.loops,
            wall > plan.dueNanoseconds(of: to), isDone(registered: registered)
        else { return nil }
        return plan.nextRound(source: from, wall: wall + Self.roundMilliseconds * 1_000_000)
    }

    private func shifted(_ plan: ReplayPlan, _ live: [ReplayFront]) -> ReplayPlan? {
        guard definition.catchUp == .shift else { return nil }
        let behind = live.map(\.behindMilliseconds).max() ?? 0
        return behind > Self.shiftMilliseconds ? plan.shifted(byNanoseconds: behind * 1_000_000) : nil
    }

    /// Only where everybody's next record is known: a gap of one process is full of another's records.
    private func cut(_ plan: ReplayPlan, _ live: [ReplayFront], _ wall: Int64) -> ReplayPlan? {
        guard let gapMax = definition.gapMaxMilliseconds, live.allSatisfy(\.isReady),
            let next = live.compactMap(\.next).min()
        else { return nil }
        let last = live.compactMap(\.last).max() ?? plan.sourceMilliseconds
        return plan.cutting(
            from: max(last, plan.sourceMilliseconds), to: next, gapMax: gapMax, earliestWall: wall + 1_000_000_000)
    }
}
