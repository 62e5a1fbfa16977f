import Foundation
import KafkaHarness
import Rig
import Synchronization
import Testing

/// Breaks processes, brokers and networks of a flow as a plan says, and heals them again. On the test's own thread;
/// only brokers are started again on others, since that takes seconds.
final class Chaos {
    /// Everything that was broken, by what it was.
    private(set) var faults: [ChaosFault] = []
    var kills: Int { faults.count { if case .killProcess = $0 { true } else { false } } }
    /// Processes that ended without having been told to.
    private(set) var endedByThemselves: [String] = []
    /// The most that a process was seen to hold.
    private(set) var residentMebibytesMax = 0
    private(set) var descriptorsMax = 0
    /// What the process held that is never killed in a long run.
    private(set) var survivor = HoldingsTrail()

    private let flow: MirrorFlow
    private var plan: ChaosPlan
    private let begin = Date.now
    private var processes: [Int: MartletProcess] = [:]
    private var heals: [Heal] = []
    private var restarts: [Restart] = []
    private var lastReport = Date.now
    private let progress: () -> String

    private struct Heal {
        let at: Date
        let fault: ChaosFault
    }

    /// A broker on its way back.
    private final class Restart: Sendable {
        enum State {
            case underWay
            case done
            case failed(String)
        }

        let target: String
        private let outcome = Mutex(State.underWay)

        init(_ fault: ChaosFault, _ cluster: KafkaCluster, broker: Int) {
            target = fault.target
            Thread { [self] in
                let state: State
                do {
                    try cluster.restart(broker: broker)
                    state = .done
                } catch {
                    state = .failed("\(error)")
                }
                outcome.withLock { $0 = state }
            }.start()
        }

        var state: State { outcome.withLock { $0 } }
    }

    /// - Parameter progress: said now and then.
    init(_ flow: MirrorFlow, _ plan: ChaosPlan, progress: @escaping () -> String) throws {
        self.flow = flow
        self.plan = plan
        self.progress = progress
        for number in 1...ChaosPlan.processes { processes[number] = try flow.start(instance: "p\(number)") }
    }

    /// One fault after the other; at the end everything is whole again.
    func run(seconds: Double) throws {
        let end = Date.now.addingTimeInterval(seconds)
        while true {
            let step = plan.next()
            try tend(until: min(end, .now.addingTimeInterval(step.pauseSeconds)))
            guard Date.now < end else { break }
            try inject(step)
        }
        while let last = heals.map(\.at).max() { try tend(until: last) }
        let limit = Date.now.addingTimeInterval(MirrorFlow.limitSeconds)
        while !restarts.isEmpty {
            try #require(Date.now < limit, "a broker did not come back")
            try tend(until: .now.addingTimeInterval(0.1))
        }
        say("all is healed")
    }

    func say(_ what: String) {
        report("chaos \(Date.now.timeIntervalSince(begin).formatted) s: \(what)")
    }

    private func inject(_ step: ChaosPlan.Step) throws {
        let isTaken =
            heals.contains { $0.fault.target == step.fault.target }
            || restarts.contains { $0.target == step.fault.target }
        guard !isTaken else { return say("not \(step.fault): still at it") }
        say("\(step.fault) for \(step.lastsSeconds.formatted) s")
        faults.append(step.fault)
        switch step.fault {
        case .killProcess(let number): processes[number]?.kill()
        case .freezeProcess(let number): processes[number]?.freeze()
        case .killBroker(let side, let broker): try cluster(side).kill(broker: broker)
        case .network(let fault, let side, let broker): try cluster(side).apply(fault, broker: broker)
        }
        heals.append(Heal(at: .now.addingTimeInterval(step.lastsSeconds), fault: step.fault))
    }

    private func heal(_ fault: ChaosFault) throws {
        say("healed: \(fault)")
        switch fault {
        case .killProcess(let number): processes[number] = try flow.start(instance: "p\(number)")
        case .freezeProcess(let number): processes[number]?.thaw()
        case .killBroker(let side, let broker): restarts.append(Restart(fault, cluster(side), broker: broker))
        case .network(_, let side, let broker): try cluster(side).heal(broker: broker)
        }
    }

    /// Heals what is due until `date`, and looks after the processes.
    private func tend(until date: Date) throws {
        while true {
            let now = Date.now
            for heal in heals where heal.at <= now { try self.heal(heal.fault) }
            heals.removeAll { $0.at <= now }
            for restart in restarts {
                if case .failed(let reason) = restart.state { throw BrokerStaysAway(reason: reason) }
            }
            restarts.removeAll { if case .done = $0.state { true } else { false } }
            try replaceEnded()
            sample(at: now)
            guard now < date else { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func sample(at now: Date) {
        guard now.timeIntervalSince(lastReport) >= 10 else { return }
        lastReport = now
        var texts: [String] = []
        for (number, process) in processes.sorted(by: { $0.key < $1.key }) {
            guard let holdings = process.holdings else { continue }
            texts.append("p\(number): \(holdings)")
            residentMebibytesMax = max(residentMebibytesMax, holdings.residentMebibytes)
            descriptorsMax = max(descriptorsMax, holdings.descriptors)
            if number == ChaosPlan.survivor { survivor.note(holdings) }
        }
        say("\(progress()); \(texts.joined(separator: "; "))")
    }

    /// As whatever runs the processes would.
    private func replaceEnded() throws {
        for (number, process) in processes where !process.child.isRunning {
            let target = ChaosFault.killProcess(number).target
            guard !heals.contains(where: { $0.fault.target == target }) else { continue }
            let last = process.output.split(separator: "\n").suffix(3).joined(separator: "\n")
            say("p\(number) ended by itself:\n\(last)")
            // With librdkafka 2.10 to 2.12 a call may never return: the watchdog's end of it is what is promised.
            if !last.contains("is stuck in a call") { endedByThemselves.append(last) }
            processes[number] = try flow.start(instance: "p\(number)")
        }
    }

    private func cluster(_ side: ChaosFault.Side) -> KafkaCluster {
        side == .source ? flow.source : flow.destination
    }

    private struct BrokerStaysAway: Error, CustomStringConvertible {
        let reason: String
        var description: String { "a broker did not come back: \(reason)" }
    }
}
