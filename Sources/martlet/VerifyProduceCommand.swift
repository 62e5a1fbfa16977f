import Console
import Foundation
import HTTP
import Model
import RdKafka
import Verify

/// `martlet verify produce`: a load, and its ledger.
struct VerifyProduceCommand {
    private static let answerMilliseconds: Int32 = 15_000
    private static let ledgerSeconds = 2.0
    private static let showSeconds = 5.0
    /// For the source to answer for what is under way, at the end.
    private static let patienceSeconds = 60.0

    let plan: LoadPlan
    let pace: Pace
    let topics: [String]
    private let bootstrap: String
    private let properties: [ClientProperty]
    private let partitions: Int32
    private let replicas: Int32
    private let retention: String?
    private let total: Int64
    private let seconds: Double?
    private let compression: String
    private let ledgerPath: String?
    private let metrics: MetricsEndpoint?
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageFault) {
        topics = try VerifySettings.names(.loadTopics, of: invocation)
        pace = try VerifySettings.pace(invocation)
        plan = try Self.plan(invocation)
        properties = try VerifySettings.properties(of: invocation)
        bootstrap = invocation.required(.bootstrap)
        partitions = Int32(invocation.number(.partitions))
        replicas = invocation.text(.replicas).flatMap { Int32($0) } ?? -1
        retention = invocation.text(.retention)
        total = invocation.text(.recordsEach).flatMap { Int64($0) } ?? .max
        seconds = invocation.text(.forSeconds).flatMap { Double($0) }
        compression = invocation.required(.compression)
        ledgerPath = invocation.text(.ledger)
        metrics = try MetricsEndpoint(invocation)
        asJSON = invocation.isSet(.json)
        if plan.format != .martlet, pace.ratePerSecond == 0 {
            throw VerifySettings.fault(
                .loadRate, "is 0; the old formats say when a record was meant to be sent, so there must be a rate",
                invocation)
        }
    }

    private static func plan(_ invocation: Invocation) throws(UsageFault) -> LoadPlan {
        let seed = invocation.text(.loadSeed).flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64(Int.max))
        var plan = LoadPlan(seed: seed, sizes: try VerifySettings.sizes(invocation))
        plan.format = LoadFormat(rawValue: invocation.required(.format)) ?? .martlet
        plan.id = invocation.required(.producerID)
        plan.keyCount = Int64(invocation.number(.keys))
        plan.keyedPermille = 1_000 - 10 * invocation.number(.nullKeys)
        plan.nullValuePermille = 10 * invocation.number(.tombstones)
        plan.emptyValuePermille = 10 * invocation.number(.emptyValues)
        plan.headersPermille = 10 * invocation.number(.withHeaders)
        plan.timestamps = LoadPlan.Timestamps(rawValue: invocation.required(.timestamps)) ?? .intended
        if plan.timestamps == .scattered { plan.oddTimestampPermille = 10 }
        if let records = invocation.text(.transaction).flatMap({ Int($0) }) {
            plan.transactions = .init(records: records, abortedPermille: 10 * invocation.number(.aborted))
        } else if invocation.number(.aborted) > 0 {
            throw VerifySettings.fault(.aborted, "needs --transaction", invocation)
        }
        if let fault = plan.fault {
            throw UsageFault(message: "no load can be made of this: \(fault)", command: invocation.command.name)
        }
        return plan
    }

    func run() -> ExitCode {
        let wish = StopWish()
        do {
            let load = try makeLoad()
            let shortfall = load.loaders.map { Shortfall($0, pace: pace) }
            let server = try metrics?.serve {
                VerifyMetrics.text(of: shortfall.map { .init($0.loader, throttled: $0.records) })
            }
            defer { server?.stop() }
            let outcome = try send(load, shortfall, wish)
            if asJSON {
                Output.write(json: outcome)
            } else {
                Output.write(outcome.text)
            }
            return outcome.isFinished ? .success : .failure
        } catch {
            Output.error("martlet verify produce: \(error)")
            return .failure
        }
    }

    /// One loader a topic, and the cluster they send to.
    struct Load {
        let loaders: [Loader]
        let clusterID: String?

        func ledger(of plan: LoadPlan, isFinished: Bool) -> LedgerFile {
            // A topic whose load has not begun has nothing to keep, and its clock no beginning.
            let begun = loaders.filter { $0.clock.startedAtWallNanoseconds > 0 }
            return LedgerFile(
                id: plan.id, sourceClusterID: clusterID, isFinished: isFinished,
                topics: begun.map(LedgerFile.Topic.init))
        }
    }

    private func makeLoad() throws -> Load {
        let admin = try AdminClient(
            ClientConfiguration(bootstrap: bootstrap, properties: properties, clientID: "martlet-verify-admin")
        ) { _ in }
        let found = try TopicMaking(admin: admin, answerMilliseconds: Self.answerMilliseconds).partitions(
            of: topics,
            orCreate: { name in
                NewTopic(
                    name: name, partitions: partitions, replicationFactor: replicas,
                    settings: retention.map { [ClientProperty("retention.ms", $0)] } ?? [])
            })
        let loaders = try zip(topics, found).map { topic, partitions in
            try Loader(
                plan: plan, bootstrap: bootstrap, properties: properties, topic: topic, partitions: partitions,
                pace: pace, total: total, compression: compression)
        }
        return Load(loaders: loaders, clusterID: admin.clusterID(timeoutMilliseconds: Self.answerMilliseconds))
    }

    private func send(
        _ load: Load, _ shortfall: [Shortfall], _ wish: StopWish
    ) throws(LedgerFileFault) -> ProduceOutcome {
        if !asJSON { Output.error("seed \(plan.seed), id \(plan.id), topics \(topics.joined(separator: ", "))") }
        let start = ContinuousClock.now
        var elapsed: Double { start.duration(to: .now) / .seconds(1) }
        var (nextLedger, nextShow) = (Self.ledgerSeconds, Self.showSeconds)
        var meter = RateMeter(windowSeconds: 5)
        for loader in load.loaders { loader.start() }
        while !wish.isRaised, elapsed < seconds ?? .infinity {
            if load.loaders.allSatisfy({ $0.wait(timeoutSeconds: 0.05) }) { break }
            for topic in shortfall { topic.look() }
            meter.note(total: load.loaders.reduce(0) { $0 + $1.progress.acknowledged }, at: elapsed)
            if elapsed >= nextLedger {
                nextLedger = elapsed + Self.ledgerSeconds
                if let ledgerPath { try load.ledger(of: plan, isFinished: false).write(to: ledgerPath) }
            }
            if elapsed >= nextShow {
                nextShow = elapsed + Self.showSeconds
                show(load, meter)
            }
        }
        for loader in load.loaders { loader.stop() }
        let deadline = elapsed + Self.patienceSeconds
        let isFinished = load.loaders.allSatisfy { $0.wait(timeoutSeconds: max(0, deadline - elapsed)) }
        if let ledgerPath { try load.ledger(of: plan, isFinished: isFinished).write(to: ledgerPath) }
        return ProduceOutcome(load.loaders, plan: plan, isFinished: isFinished, ledger: ledgerPath)
    }

    private func show(_ load: Load, _ meter: RateMeter) {
        let progress = load.loaders.map(\.progress)
        var line = "\(Quantity.count(progress.reduce(0) { $0 + $1.acknowledged })) acknowledged, "
        line += "\(Quantity.count(Int(meter.perSecond)))/s, "
        line += "\(Quantity.count(progress.reduce(0) { $0 + $1.inFlight })) in flight"
        if let fault = progress.compactMap(\.fault).first { line += "; \(fault)" }
        Output.error(line)
    }
}

/// What was sent. Its JSON form is part of the interface.
struct ProduceOutcome: Encodable {
    struct Topic: Encodable {
        let topic: String
        let partitions: Int
        let sent: Int64
        let acknowledged: Int64
        let aborted: Int64
        let failed: Int64
    }

    let id: String
    let seed: UInt64
    /// Everything that was sent is answered for, and something was.
    let isFinished: Bool
    let topics: [Topic]
    let ledger: String?
    let fault: String?

    private enum CodingKeys: String, CodingKey {
        case id, seed
        case isFinished = "finished"
        case topics, ledger, fault
    }

    init(_ loaders: [Loader], plan: LoadPlan, isFinished: Bool, ledger: String?) {
        id = plan.id
        seed = plan.seed
        topics = loaders.map { loader in
            let progress = loader.progress
            return Topic(
                topic: loader.topic, partitions: loader.partitions, sent: progress.sent,
                acknowledged: progress.acknowledged, aborted: progress.aborted, failed: progress.failed)
        }
        self.isFinished = isFinished && loaders.allSatisfy { $0.clock.startedAtWallNanoseconds > 0 }
        self.ledger = ledger
        fault = loaders.compactMap(\.progress.fault).first.map(\.description)
    }

    var text: String {
        var lines = topics.map { topic in
            var line = "\(topic.topic): \(Quantity.count(topic.acknowledged)) records acknowledged"
            if topic.aborted > 0 { line += ", \(Quantity.count(topic.aborted)) aborted" }
            if topic.failed > 0 { line += ", \(Quantity.count(topic.failed)) not answered for" }
            return line
        }
        if !isFinished { lines.append("not everything that was sent is answered for") }
        if let fault { lines.append("last fault: \(fault)") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Topics as they are, or made where they are missing. What is there is never altered.
struct TopicMaking {
    let admin: AdminClient
    let answerMilliseconds: Int32

    /// - Returns: how many partitions each has, in the order of the names.
    func partitions(of names: [String], orCreate request: (String) -> NewTopic) throws -> [Int] {
        var found = try names.map { try count(of: $0) }
        let missing = zip(names, found).filter { $1 == 0 }.map(\.0)
        let outcomes = try admin.create(missing.map(request), timeoutMilliseconds: answerMilliseconds)
        for case let outcome in outcomes where outcome.fault.map({ $0.name != "TOPIC_ALREADY_EXISTS" }) ?? false {
            throw VerifyFault(description: "\(outcome.name) cannot be created: \(outcome.fault?.reason ?? "")")
        }
        // Made is not yet known by every broker.
        let deadline = ContinuousClock.now + .milliseconds(Int(answerMilliseconds))
        for (index, name) in names.enumerated() where found[index] == 0 {
            while found[index] == 0 {
                guard ContinuousClock.now < deadline else {
                    throw VerifyFault(description: "\(name) was created and does not appear")
                }
                Thread.sleep(forTimeInterval: 0.1)
                found[index] = try count(of: name)
            }
        }
        return found
    }

    private func count(of name: String) throws(KafkaFault) -> Int {
        guard let topic = try admin.topic(name, timeoutMilliseconds: answerMilliseconds) else { return 0 }
        return topic.code == 0 ? topic.partitions.count : 0
    }
}
