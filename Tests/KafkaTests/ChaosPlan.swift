import KafkaHarness
import Rig
import Verify

/// Something that goes wrong in a chaos run, and what it happens to.
enum ChaosFault: CustomStringConvertible {
    enum Side: String, CaseIterable { case source, destination }

    /// A process ends at once, and is started again.
    case killProcess(Int)
    /// A process stands still for longer than its session, and goes on.
    case freezeProcess(Int)
    /// A broker ends at once, and is started again.
    case killBroker(Side, Int)
    case network(NetworkFault, Side, Int)

    var description: String {
        switch self {
        case .killProcess(let number): "kill process p\(number)"
        case .freezeProcess(let number): "freeze process p\(number)"
        case .killBroker(let side, let broker): "kill \(side) broker \(broker)"
        case .network(let fault, let side, let broker): "\(fault) on the way to \(side) broker \(broker)"
        }
    }

    /// What must be whole before the fault begins, and is not again before it is healed. One broker of a cluster at a
    /// time: with two of three gone nothing could be promised to be available.
    var target: String {
        switch self {
        case .killProcess(let number), .freezeProcess(let number): "p\(number)"
        case .killBroker(let side, _): "brokers of the \(side)"
        case .network(_, let side, let broker): "way to \(side) \(broker)"
        }
    }
}

/// What goes wrong, and when: all of it from the seed. Kinds are dealt like cards, so that each comes in every round.
struct ChaosPlan {
    struct Step {
        /// Since the step before.
        let pauseSeconds: Double
        let fault: ChaosFault
        let lastsSeconds: Double
    }

    private enum Kind: CaseIterable {
        case killProcess, killAnotherProcess, freezeProcess, killSourceBroker, killDestinationBroker
        case cut, reset, halfOpen, latency, bandwidth
    }

    static let processes = 3
    static let brokers = 3
    /// Lives through everything in a long run, where what it holds is watched.
    static let survivor = 1

    private let sessionSeconds: Double
    private let sparesSurvivor: Bool
    private var random: SplitMix
    private var deck: [Kind] = []

    init(seed: UInt64, sessionSeconds: Double, sparesSurvivor: Bool) {
        self.sessionSeconds = sessionSeconds
        self.sparesSurvivor = sparesSurvivor
        random = SplitMix(seed)
    }

    mutating func next() -> Step {
        if deck.isEmpty { deck = Kind.allCases }
        let kind = deck.remove(at: random.next(below: deck.count))
        let pause = seconds(1.5...4.5)
        switch kind {
        case .killProcess, .killAnotherProcess:
            let victim = sparesSurvivor ? Self.survivor + 1 + random.next(below: Self.processes - 1) : process()
            return Step(pauseSeconds: pause, fault: .killProcess(victim), lastsSeconds: seconds(0.2...4))
        case .freezeProcess:
            let lasts = sessionSeconds + seconds(1...3)
            return Step(pauseSeconds: pause, fault: .freezeProcess(process()), lastsSeconds: lasts)
        case .killSourceBroker:
            return Step(pauseSeconds: pause, fault: .killBroker(.source, broker()), lastsSeconds: seconds(1...10))
        case .killDestinationBroker:
            return Step(pauseSeconds: pause, fault: .killBroker(.destination, broker()), lastsSeconds: seconds(1...10))
        case .cut: return network(.cut, pause, seconds(1...5))
        case .reset: return network(.reset, pause, seconds(0.5...4))
        case .halfOpen: return network(.halfOpen, pause, seconds(1...9))
        case .latency: return network(.latency(milliseconds: 20 + random.next(below: 180)), pause, seconds(2...6))
        case .bandwidth: return network(.bandwidth(kilobytesPerSecond: 50 + random.next(below: 400)), pause, 4)
        }
    }

    private mutating func network(_ fault: NetworkFault, _ pause: Double, _ lasts: Double) -> Step {
        let side = ChaosFault.Side.allCases[random.next(below: 2)]
        return Step(pauseSeconds: pause, fault: .network(fault, side, broker()), lastsSeconds: lasts)
    }

    private mutating func process() -> Int { 1 + random.next(below: Self.processes) }
    private mutating func broker() -> Int { 1 + random.next(below: Self.brokers) }

    private mutating func seconds(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(random.next(below: 1_000)) / 1_000
    }
}
