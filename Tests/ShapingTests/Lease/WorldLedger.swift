/// What was sent in each step of a world, and whether that was right.
struct WorldLedger {
    var fault: String?
    private var sent: [Double] = []
    /// The most that may be sent in each step, and the least, were there records enough.
    private var most: [Double]
    private var least: [Double]
    private var hasRecords: [Bool] = []
    private var isExcused: [Bool]
    /// Shares that processes have no more, of the whole, in each step: others are to have them.
    private var moved: [Double] = []
    /// How long a share that moves is nobody's, where messages are slow; 0: the lower bound has to hold even so.
    private let moveSeconds: Double
    private var rate: Double
    private var changedAt = -10_000
    /// Windows in which the lower bound was demanded: a test that excuses everything proves nothing.
    private(set) var judgedBelow = 0

    private static let step = LeaseWorld.step
    /// Within this time after a command the new rate is in force everywhere.
    static let settling = 2_000

    init(rate: Double, steps: Int, moveSeconds: Double) {
        self.moveSeconds = moveSeconds
        self.rate = rate
        most = Array(repeating: rate * Double(Self.step) / 1_000, count: steps)
        least = most
        isExcused = Array(repeating: false, count: steps)
        sent.reserveCapacity(steps)
        hasRecords.reserveCapacity(steps)
    }

    mutating func excuse(from: Int, to: Int) {
        for index in max(0, from / Self.step)..<max(0, min(isExcused.count, to / Self.step)) { isExcused[index] = true }
    }

    mutating func change(rate next: Double, at now: Int) {
        let perStep = next * Double(Self.step) / 1_000
        for index in (now / Self.step)..<most.count {
            let isSettling = index * Self.step < now + Self.settling
            most[index] = isSettling ? max(most[index], perStep) : perStep
            least[index] = isSettling ? min(least[index], perStep) : perStep
        }
        rate = next
        changedAt = now
    }

    func isSettled(at now: Int) -> Bool { now >= changedAt + Self.settling }

    mutating func note(sent amount: Double, waiting: Double, at now: Int) {
        sent.append(amount)
        hasRecords.append(waiting >= rate)
    }

    mutating func note(moved share: Double) { moved.append(share) }

    mutating func judge() -> String? {
        if let late = tooMany(in: 100 / Self.step, times: 2, extra: 1) { return "100 ms slice: \(late)" }
        if let late = tooMany(in: 10_000 / Self.step, times: 1.01, extra: 0) { return "10 s window: \(late)" }
        return tooFew(in: 10_000 / Self.step, part: 0.99)
    }

    private func tooMany(in steps: Int, times: Double, extra: Double) -> String? {
        var amount = 0.0
        var bound = 0.0
        for index in sent.indices {
            amount += sent[index]
            bound += most[index]
            if index >= steps {
                amount -= sent[index - steps]
                bound -= most[index - steps]
            }
            if amount > max(bound, 0) * times + extra + 0.001, index >= steps {
                return "\(amount) were sent, \(bound) is the rate's, up to \(index * Self.step) ms"
            }
        }
        return nil
    }

    private mutating func tooFew(in steps: Int, part: Double) -> String? {
        var amount = 0.0
        var bound = 0.0
        var excuses = 0
        var share = 0.0
        for index in sent.indices {
            amount += sent[index]
            bound += least[index]
            share += moved[index]
            excuses += isExcused[index] || !hasRecords[index] ? 1 : 0
            if index >= steps {
                amount -= sent[index - steps]
                bound -= least[index - steps]
                share -= moved[index - steps]
                excuses -= isExcused[index - steps] || !hasRecords[index - steps] ? 1 : 0
            }
            // Of sums in which nothing is left but what rounding left, nothing follows.
            guard index >= steps, excuses == 0, bound > 1 else { continue }
            judgedBelow += 1
            let onTheWay = share * moveSeconds / Double(steps * Self.step) * 1_000
            if amount < bound * (part - onTheWay) {
                return
                    "10 s window: only \(amount) were sent of \(bound), \(share) moved, up to \(index * Self.step) ms"
            }
        }
        return nil
    }
}
