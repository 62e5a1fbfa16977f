import Model

/// What the next lease is to say.
struct LeasePlan {
    /// By the place in `accounts`.
    var shares: [(account: Int, share: Int)] = []
    var isContended = false
    /// Worth a message before the next one is due.
    var isUrgent = false
    /// What is taken from processes that would use it.
    var taken = 0
}

extension LeaseBook {
    /// Shares move only for this much, in millionths of the rate: what is taken from one process is used by nobody
    /// until the other has it, half a second later.
    private static let moveMin = 30_000
    /// What nobody has is given away from this much on.
    private static let poolMin = 2_000
    private static let urgentMin = 5_000
    /// So much is taken a second from processes that would use it, in millionths, and so much at once. Nobody uses what
    /// is on its way, half a second at worst: 1 % of the rate is all that a window of 10 s may lack.
    private static let takenPerSecond = 16_000.0
    private static let takenMax = 10_000

    func plan(at now: Instant) -> LeasePlan {
        let present = accounts.indices.filter { accounts[$0].isPresent(at: now, timing: timing) }
        let wishes = present.map { index in
            LeaseNeed(of: accounts[index].demand?.load ?? RateLoad(), limits: limits)
        }
        let isHandingOver = present.contains { accounts[$0].demand?.ceiling != nil }
        let (ideal, isContended) = LeaseNeed.divide(wishes, keepsSpare: isHandingOver)
        let granted = present.map { accounts[$0].granted }
        let live = present.map { accounts[$0].live(at: now) }
        let allLive = accounts.reduce(0) { $0 + $1.live(at: now) }
        let wanted = settled(ideal: ideal, granted: granted, others: allLive - live.reduce(0, +))
        let (gentle, taken) = gently(wanted, granted: granted, wishes: wishes, at: now)
        let shares = affordable(wanted: gentle, live: live, free: max(0, Lease.whole - allLive))
        var plan = LeasePlan(isContended: isContended, taken: taken)
        for (place, index) in present.enumerated() {
            plan.shares.append((index, shares[place]))
            if abs(shares[place] - granted[place]) >= Self.urgentMin { plan.isUrgent = true }
        }
        if isContended != self.isContended { plan.isUrgent = true }
        return plan
    }

    /// Leaves shares where they are unless it is worth the move; what is free goes where it is wanted.
    private func settled(ideal: [Int], granted: [Int], others: Int) -> [Int] {
        let lacks = zip(ideal, granted).map { max(0, $0 - $1) }
        let lack = lacks.reduce(0, +)
        guard lack <= Self.moveMin else { return ideal }
        let pool = max(0, Lease.whole - granted.reduce(0, +) - others)
        guard pool > Self.poolMin, lack > 0 else { return granted }
        return zip(granted, lacks).map { $0 + $1 * min(pool, lack) / lack }
    }

    /// Takes at once what is not needed, and what is used little by little.
    /// - Returns: also how much is taken of what is used.
    private func gently(
        _ wanted: [Int], granted: [Int], wishes: [LeaseNeed], at now: Instant
    ) -> (shares: [Int], taken: Int) {
        // Where nothing waits, the share is no limit.
        let used = wanted.indices.map {
            wishes[$0].isDry ? 0 : max(0, min(granted[$0], wishes[$0].need) - wanted[$0])
        }
        let sum = used.reduce(0, +)
        let since = takenAt.map { Double(max(0, now.milliseconds(since: $0))) / 1_000 } ?? .infinity
        let taken = Int(min(Double(sum), Double(Self.takenMax), Self.takenPerSecond * since))
        guard taken < sum else { return (wanted, sum) }
        return (wanted.indices.map { wanted[$0] + used[$0] - used[$0] * taken / sum }, taken)
    }

    /// Gives only what nobody else may still be using.
    private func affordable(wanted: [Int], live: [Int], free: Int) -> [Int] {
        let more = zip(wanted, live).map { max(0, $0 - $1) }
        let sum = more.reduce(0, +)
        guard sum > 0 else { return wanted }
        let given = min(free, sum)
        return wanted.indices.map { more[$0] == 0 ? wanted[$0] : live[$0] + more[$0] * given / sum }
    }

    mutating func lease(_ plan: LeasePlan, at now: Instant) -> LeaseMessage {
        order = LeaseOrder(epoch: order.epoch, revision: order.revision + 1)
        isContended = plan.isContended
        if plan.taken > 0 { takenAt = now }
        for (index, share) in plan.shares {
            accounts[index].grant(share, revision: order.revision, timing: timing, at: now)
        }
        let answered = Set(plan.shares.map(\.account))
        let grants = accounts.indices.compactMap { index -> LeaseMessage.Grant? in
            let account = accounts[index]
            let live = account.live(at: now)
            guard answered.contains(index) || live > 0 else { return nil }
            return LeaseMessage.Grant(
                instance: account.instance, run: account.run,
                sequence: answered.contains(index) ? account.demand?.sequence ?? 0 : 0,
                share: answered.contains(index) ? min(account.granted, live) : 0, live: live)
        }
        return LeaseMessage(
            steward: steward, order: order, isContended: isContended, setting: setting, grants: grants,
            sampleStep: ladder?.step)
    }
}
