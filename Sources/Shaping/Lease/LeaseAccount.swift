import Model

/// What the steward knows of one process: what it needs, and every share that it may still be using.
struct LeaseAccount: Sendable {
    let instance: String
    let run: Int64
    /// `nil`: known only from a predecessor's lease.
    private(set) var demand: DemandMessage?
    /// When the demand was received, by the steward's clock.
    private(set) var heardAt: Instant?
    /// What it was given last, and has not given back.
    private(set) var granted = 0
    private var entries: [Entry] = []
    private var isSucceeded = false

    private struct Entry: Sendable {
        /// 0: given by a predecessor.
        var revision: Int64
        var share: Int
        var until: Instant
    }

    init(instance: String, run: Int64) {
        self.instance = instance
        self.run = run
    }

    /// The most that the process may be using now.
    func live(at now: Instant) -> Int {
        entries.reduce(0) { now < $1.until ? max($0, $1.share) : $0 }
    }

    func isPresent(at now: Instant, timing: LeaseTiming) -> Bool {
        guard let demand, let heardAt, !demand.isLeaving, !isSucceeded else { return false }
        return now.milliseconds(since: heardAt) < timing.validity
    }

    /// A later process has this one's name: it is given nothing more. What it has runs out.
    mutating func succeed() {
        isSucceeded = true
    }

    /// - Returns: whether it is newer than what is known.
    mutating func note(_ read: DemandMessage, order: LeaseOrder, at now: Instant) -> Bool {
        if let demand, read.sequence <= demand.sequence || demand.isLeaving { return false }
        demand = read
        heardAt = now
        // It obeys one of this steward's leases: what it had before is over. Later ones may be on their way to it.
        if read.obeys.epoch == order.epoch, read.obeys.revision <= order.revision {
            entries.removeAll { $0.revision < read.obeys.revision }
        }
        // Every lease up to now answers an earlier demand.
        if let ceiling = read.ceiling {
            granted = min(granted, ceiling)
            for index in entries.indices { entries[index].share = min(entries[index].share, ceiling) }
        }
        return true
    }

    mutating func grant(_ share: Int, revision: Int64, timing: LeaseTiming, at now: Instant) {
        guard let heardAt else { return }
        granted = share
        entries.removeAll { $0.until <= now }
        entries.append(
            Entry(
                revision: revision, share: share,
                until: heardAt.advanced(milliseconds: timing.validity + timing.margin)))
    }

    /// Takes over what a predecessor gave: no one knows when, but before now.
    mutating func inherit(_ grant: LeaseMessage.Grant, timing: LeaseTiming, at now: Instant) {
        granted = grant.share
        let until = now.advanced(milliseconds: timing.validity + timing.margin)
        entries = [Entry(revision: 0, share: grant.live, until: until)]
    }

    /// Begins anew: whoever shares out the rate now, it is somebody else.
    mutating func forget() {
        entries = []
        granted = 0
    }
}
