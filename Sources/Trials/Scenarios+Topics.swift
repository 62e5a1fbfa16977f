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
        stage.demand(
            "the first record of a new topic within 5 s",
            measured: seconds.map { Stage.text($0) } ?? "not within 120 s",
            seconds ?? .infinity < 5)
        try stage.pause(10)
    }
}
