import Rig
import Verify

extension Scenario {
    private static let largestBatchBytes = 20_000
    /// What a batch and a record may add to a record's own bytes; the formats' numbers have ten bytes at most.
    private static let framingBytes = 300

    static let oversized = Scenario(
        "S19b", "oversized", "the destination refuses records that are too large",
        explanation:
            "A second topic may hold batches of 20,000 bytes in the destination, and about one record in a thousand is "
            + "larger. Martlet runs with `on-poison: quarantine`.",
        passLine: "all others arrive, in order, caught up within 30 s; the mirror names topic, partition and offset of "
            + "each record that it leaves out"
    ) { stage, _ in
        var plan = stage.plan(valueBytes: 1...400)
        plan.sizes = .exponential(mean: 3_000, cap: 100_000)
        let rate = max(100, stage.options.ratePerSecond / 4)
        let records = Int64(rate * 30)
        let load = try stage.load(
            "verify-oversized", partitions: 6, ratePerSecond: rate, records: records, plan: plan,
            destinationSettings: [("max.message.bytes", "\(largestBatchBytes)")])
        try stage.require("\(records) records in the source's \(load.topic)", within: 120) {
            load.acknowledged >= records
        }
        // A mirror that compresses may bring some of them across: allowed, not demanded.
        let large = load.sequences(above: largestBatchBytes - framingBytes)
        load.exempt(large, demanding: "that the destination takes", mustBeTold: true)
        let count = large.reduce(0) { $0 + $1.count }
        guard count > 0 else { throw RigFault("no record of \(load.topic) is too large") }
        try stage.step("\(count) of \(records) records were too large")
        try stage.demandCatchUp(of: load, within: 30)
        try stage.pause(5)
    }

    static let diskFull = Scenario(
        "S19c", "disk-full", "the destination's disk is full",
        explanation:
            "The destination's only broker can write nothing to its disk any more, gives up and ends, as Kafka's "
            + "brokers do then. 15 s later it is started with room.",
        passLine: "waited for: caught up within 30 s once there is room"
    ) { stage, load in
        try stage.fault("the destination's disk is full") { try stage.destination.fillDisk(broker: 1) }
        try stage.require("the destination's broker ended", within: 60) { stage.destination.processIDs.isEmpty }
        try stage.step("the destination's broker has given up")
        try stage.pause(15)
        try stage.heal("room again, with \(load.behind) records to catch up") {
            try stage.destination.restart(broker: 1)
        }
        try stage.demandCatchUp(of: load, within: 30)
        try stage.pause(3)
    }
}
