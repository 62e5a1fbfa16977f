import Model
import RdKafka
import Rig
import Verify

extension Scenario {
    static let recordsGone = Scenario(
        "S17", "records-gone", "the source deletes records that the mirror has not read",
        explanation: "While no mirror process runs, every record of partition 0 is deleted in the source, as retention "
            + "would. Then the mirror comes back. Martlet runs with `on-loss: skip`.",
        passLine: "the mirror tells which offsets are gone; nothing else is lost, and the partition goes on",
        setting: Setting(skipsLosses: true)
    ) { stage, load in
        let partition = TopicPartition(load.topic, 0)
        try stage.step("mirror stopped") { stage.crew.stop(1) }
        try stage.pause(5)
        let end = stage.source.ends(of: load.topic, partitions: 1)[0]
        try stage.fault("offsets below \(end) of partition 0 deleted in the source") {
            try stage.source.deleteRecords(of: partition, below: end)
        }
        stage.excuse(below: end, in: partition)
        try stage.heal("mirror started again") { try stage.crew.start(1) }
        try stage.demandCatchUp(of: load, within: 30)
        try stage.pause(5)
    }

    static let transactions = Scenario(
        "S18", "transactions", "the source holds transactions, and some were aborted",
        explanation:
            "A second topic is loaded in transactions of 100 records, one in five of which is aborted; a tenth of "
            + "its records are tombstones. The mirror reads committed records only.",
        passLine: "no aborted record is ever seen at the destination"
    ) { stage, _ in
        var plan = stage.plan(valueBytes: 1...2_000)
        plan.nullValuePermille = 100
        plan.transactions = LoadPlan.Transactions(records: 100, abortedPermille: 200)
        try stage.load(
            "verify-transactions", partitions: 6, ratePerSecond: max(10, stage.options.ratePerSecond / 2), plan: plan)
        try stage.pause(30)
    }

    static let compaction = Scenario(
        "S18b", "compaction", "the source compacts a topic before the mirror reads it",
        explanation:
            "While no mirror process runs, 60,000 records of 1,000 keys, a fifth of them tombstones, go to a compacted "
            + "topic, and the source's cleaner removes what it can; then it is kept from removing more. The mirror "
            + "comes back and reads a log full of holes.",
        passLine: "caught up within 30 s; what the source still holds arrives, byte for byte and with its tombstones",
        setting: Setting(sourceSettings: ["log.cleaner.backoff.ms": "500"])
    ) { stage, _ in
        try stage.step("mirror stopped") { stage.crew.stop(1) }
        let load = try stage.loadCompacted("verify-compacted", partitions: 6, records: 60_000)
        let gone = try stage.awaitCompaction(of: load)
        load.exempt(gone, demanding: "that the source still holds", mustBeTold: false)
        let count = gone.reduce(0) { $0 + $1.count }
        try stage.heal("mirror started again, before a topic without \(count) of its records") {
            try stage.crew.start(1)
        }
        try stage.demandCatchUp(of: load, within: 30)
        try stage.pause(5)
    }

    /// What takes some seconds: what arrives is seen a commit at a time.
    private static let hotRecords: Int64 = 1_000_000

    static let manyPartitions = Scenario(
        "S20", "many-partitions", "2,000 idle partitions beside a hot one",
        explanation: "A hot partition's backlog of 1,000,000 records is drained alone, then beside 20 topics of 100 "
            + "idle partitions each.",
        passLine: "the idle partitions cost less than 5 % of a core, and the hot one has at least 80 % of its rate",
        setting: Setting(hasMainLoad: false)
    ) { stage, _ in
        let alone = try stage.drain("verify-hot-alone", partitions: 1, records: Self.hotRecords)
        let topics = (1...20).map { "verify-idle-\($0)" }
        try stage.step("2,000 partitions made in the source") {
            for topic in topics { try stage.source.create(topic, partitions: 100) }
        }
        if stage.crew.copiesRecordsOnly {
            try stage.step("and in the destination, which this mirror does not do") {
                for topic in topics { try stage.destination.create(topic, partitions: 100) }
            }
        }
        try stage.require("the idle topics at the destination", within: 180) {
            try stage.destination.hasAll(topics, partitions: 100)
        }
        try stage.pause(10)
        let begin = stage.second
        try stage.pause(15)
        let idle = stage.processorCores(from: begin)
        stage.demand("idle partitions cost less than 5 % of a core", measured: "\(Stage.percent(idle))", idle < 0.05)
        let beside = try stage.drain("verify-hot-beside", partitions: 1, records: Self.hotRecords)
        stage.demand(
            "a hot partition has at least 80 % of its rate",
            measured: "\(Int(beside)) of \(Int(alone)) records/s (\(Stage.percent(beside / alone)))",
            beside >= alone * 0.8)
    }
}

extension Stage {
    /// A topic whose cleaner has work in every partition, loaded to its end. In the destination it is there before,
    /// and nothing is ever removed from it: whatever the mirror would have made.
    fileprivate func loadCompacted(_ topic: String, partitions: Int, records: Int64) throws -> StageLoad {
        // A compacted topic takes no record without a key.
        var plan = plan(valueBytes: 1...2_000)
        plan.keyedPermille = 1_000
        plan.nullValuePermille = 200
        let load = try load(
            topic, partitions: partitions, ratePerSecond: 0, records: records, plan: plan,
            // What is in the last segment stays. 1 MiB is the least that Kafka 4 takes.
            settings: [
                ("cleanup.policy", "compact"), ("segment.bytes", "1048576"), ("min.cleanable.dirty.ratio", "0.01"),
            ], destinationSettings: [("cleanup.policy", "delete")])
        try require("\(records) records in the source's \(topic)", within: 120) { load.acknowledged >= records }
        return load
    }

    /// Waits until the cleaner has been through every partition and finds no more, and ends its work for good. Returns
    /// what it has removed.
    fileprivate func awaitCompaction(of load: StageLoad) throws -> [IntervalSet] {
        var gone = try load.gone(from: source)
        func isAtRest() throws -> Bool {
            let before = gone
            try pause(3)
            gone = try load.gone(from: source)
            return gone == before && gone.allSatisfy { !$0.isEmpty }
        }
        try require("every partition of \(load.topic) compacted", within: 180, isAtRest)
        try source.setCleanupPolicy("delete", of: load.topic)
        try require("no more compaction of \(load.topic)", within: 60, isAtRest)
        return gone
    }

    fileprivate func processorCores(from second: Double) -> Double {
        let cores = samples.filter { Double($0.second) > second }.compactMap(\.processorCores)
        return cores.isEmpty ? 0 : cores.reduce(0, +) / Double(cores.count)
    }

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

extension KafkaCluster {
    fileprivate func setCleanupPolicy(_ policy: String, of topic: String) throws {
        _ = try run(
            tool: "kafka.admin.ConfigCommand",
            [
                "--bootstrap-server", bootstrap, "--alter", "--entity-type", "topics", "--entity-name", topic,
                "--add-config", "cleanup.policy=\(policy)",
            ])
    }

    fileprivate func hasAll(_ topics: [String], partitions: Int) throws -> Bool {
        let there = try admin().topics(timeoutMilliseconds: 10_000)
        let counts = Dictionary(there.map { ($0.name, $0.partitions.count) }) { $1 }
        return topics.allSatisfy { counts[$0] == partitions }
    }
}
