/// How much of the rate processes need, and how it is divided among them. In millionths of the rate.
struct LeaseNeed: Hashable, Sendable {
    /// What keeps the process from falling behind, and little by little gets it rid of what waits.
    var need: Int
    /// How much of what others do not need it can use.
    var appetite: Int
    /// Next to nothing waits.
    var isDry: Bool
    var weight: Int

    /// A share that shrinks as the last records of a backlog go moves on in time, before it is of no use. What moves
    /// costs something: a lease's way of what was moved is lost, so it moves slowly.
    private static let horizonSeconds = 10.0
    /// Where somebody else has records waiting, this much of the rate waits everywhere: who has always a few records
    /// ready uses all of its share, though they come irregularly.
    private static let cushionSeconds = 0.15
    private static let drySeconds = 0.03
    /// Who has so much more waiting can use anything.
    private static let hungrySeconds = 5.0
    /// Together the processes that need nothing keep this much, to begin with when records come.
    private static let floors = 5_000
    /// The appetite from which on others give back what they do not need.
    private static let contending = 40_000
    /// Even without any appetite.
    private static let appetiteMin = 2_000

    init(need: Int, appetite: Int = 0, weight: Int = 1) {
        self.need = need
        self.appetite = appetite
        self.weight = weight
        isDry = true
    }

    init(of load: RateLoad, limits: RateLimits) {
        var need = 0.0
        var waits = 0.0
        if let rate = limits.recordsPerSecond {
            need = max(need, Self.fraction(waiting: load.waitingRecords, offered: load.offeredRecords, rate: rate))
            waits = max(waits, load.waitingRecords / rate)
        }
        if let rate = limits.bytesPerSecond {
            need = max(need, Self.fraction(waiting: load.waitingBytes, offered: load.offeredBytes, rate: rate))
            waits = max(waits, load.waitingBytes / rate)
        }
        self.need = Int(need * Double(Lease.whole))
        let appetite = min(max((waits - Self.cushionSeconds) / Self.hungrySeconds, 0), 1)
        self.appetite = Int(appetite * Double(Lease.whole))
        isDry = waits < Self.drySeconds
        weight = load.weight
    }

    var isHungry: Bool { appetite >= Self.contending }

    private static func fraction(waiting: Double, offered: Double, rate: Double) -> Double {
        let wanted = (offered + (waiting - cushionSeconds * rate) / horizonSeconds) / rate
        return wanted.isFinite ? min(max(wanted, 0), 1) : 0
    }

    /// Who needs little gets it; the others get equal parts of the rest, by weight. What nobody needs goes to those who
    /// can use more, else it is spread over all: where records suddenly come, they can go.
    /// - Returns: also whether somebody could use what others do not need.
    ///
    /// - Parameter keepsSpare: where nothing waits, what nobody needs is kept for whoever comes.
    static func divide(_ wishes: [LeaseNeed], keepsSpare: Bool = false) -> (shares: [Int], isContended: Bool) {
        guard !wishes.isEmpty else { return ([], false) }
        let floor = floors / wishes.count
        let needs = wishes.map { max($0.need, floor) }
        let isHungry = wishes.contains { $0.isHungry }
        let spare = Lease.whole - needs.reduce(0, +)
        if spare >= 0 {
            if keepsSpare, wishes.allSatisfy(\.isDry) { return (needs, false) }
            let weights = wishes.map { Double($0.weight) * Double($0.appetite + appetiteMin) }
            let sum = weights.reduce(0, +)
            return (wishes.indices.map { needs[$0] + Int(Double(spare) * weights[$0] / sum) }, isHungry)
        }
        var shares = needs
        var rest = Lease.whole
        var weights = wishes.reduce(0) { $0 + $1.weight }
        let byLevel = wishes.indices.sorted {
            Double(needs[$0]) / Double(wishes[$0].weight) < Double(needs[$1]) / Double(wishes[$1].weight)
        }
        for index in byLevel {
            shares[index] = min(needs[index], part(of: rest, wishes[index].weight, weights))
            rest -= shares[index]
            weights -= wishes[index].weight
        }
        return (shares, true)
    }

    private static func part(of amount: Int, _ weight: Int, _ weights: Int) -> Int {
        weights > 0 ? amount * weight / weights : 0
    }
}
