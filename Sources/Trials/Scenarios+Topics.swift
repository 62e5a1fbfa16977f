extension Scenario {
    static let newTopic = Scenario(
        "S9", "new-topic", "a topic appears",
        explanation: "A new topic, which the mirror's pattern selects, is made in the source and loaded at once.",
        passLine: "its first record is mirrored within 5 s, and all of them are"
    ) { stage, _ in
        try stage.step("topic verify-new made")
        let made = stage.second
        let load = try stage.load("verify-new", partitions: 6, ratePerSecond: max(10, stage.options.ratePerSecond / 2))
        let arrived = try stage.wait(upTo: 120) { load.received > 0 }
        let seconds = arrived.map { _ in stage.second - made }
        stage.demand("the first record of a new topic", within: 5, took: seconds, patience: 120)
        try stage.pause(10)
    }

    static let morePartitions = Scenario(
        "S10", "more-partitions", "a mirrored topic gets more partitions",
        explanation:
            "A mirrored topic grows from 6 to 10 partitions in the source, and the load goes on over all of them.",
        passLine: "a record of every new partition is mirrored within 5 s of the first one that is sent"
    ) { stage, _ in
        let load = try stage.load(
            "verify-growing", partitions: 6, ratePerSecond: max(10, stage.options.ratePerSecond / 2),
            grownPartitions: 10)
        try stage.require("records of the topic's 6 partitions at the destination", within: 120) {
            load.partitionsReached == 6
        }
        try stage.grow("verify-growing", to: 10)
        let grown = stage.second
        try load.grow()
        let arrived = try stage.wait(upTo: 120) { load.partitionsReached == 10 }
        let seconds = arrived.map { _ in stage.second - grown }
        stage.demand("a record of every new partition", within: 5, took: seconds, patience: 120)
        try stage.pause(10)
    }
}
