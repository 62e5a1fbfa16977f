import Rig
import Verify

extension Scenario {
    fileprivate static let victim = 2

    static let longHaul = Scenario(
        "S1", "long-haul", "a steady load for a long time",
        explanation: "Two processes share a steady load for --minutes (2 without it); nothing is broken.",
        passLine: "from ten minutes on, the mirror's memory is flat: the last quarter holds at most a tenth and 16 MiB "
            + "more than the second",
        setting: Setting(processes: 2)
    ) { stage, _ in
        let minutes = stage.options.minutes ?? 2
        try stage.pause(Double(minutes) * 60)
        guard minutes >= 10 else { return }
        let (early, late) = (stage.memory(inQuarter: 1), stage.memory(inQuarter: 3))
        stage.demand(
            "memory is flat", measured: "\(Int(early)) MiB in the second quarter, \(Int(late)) MiB in the last",
            late <= early * 1.1 + 16)
    }

    static let killSourceBroker = Scenario(
        "S2", "kill-source-broker", "a source broker dies and comes back",
        explanation: "One of three source brokers is killed and started again 15 s later.",
        passLine: "every partition moves again less than 5 s after it has another leader",
        setting: Setting(brokers: 3)
    ) { stage, load in
        try stage.fault("source broker \(victim) killed") { try stage.source.kill(broker: victim) }
        try stage.demandNewLeaders(of: load, in: stage.source)
        try stage.pause(15)
        try stage.heal("source broker \(victim) started") { try stage.source.restart(broker: victim) }
        try stage.pause(10)
    }

    static let shrinkSource = Scenario(
        "S3", "shrink-source", "a source broker goes for good",
        explanation: "One of three source brokers is shut down and stays away.",
        passLine: "every partition moves again less than 5 s after it has another leader", setting: Setting(brokers: 3)
    ) { stage, load in
        try stage.fault("source broker \(victim) shut down") { try stage.source.stop(broker: victim) }
        try stage.demandNewLeaders(of: load, in: stage.source)
        try stage.pause(20)
    }

    static let killDestinationBroker = Scenario(
        "S4", "kill-destination-broker", "a destination broker dies and comes back",
        explanation:
            "One of three destination brokers is killed and started again later. The topic has two replicas, so a "
            + "third of the partitions has none on it. What was written to the others waits until the controller has "
            + "fenced the broker, 9 s by default, whatever the mirror.",
        passLine:
            "partitions with a replica on it move again less than 3 s after it was fenced; the others keep moving. "
            + "With exactly-once the cluster's log of transactions has a replica there too: there all may wait for "
            + "the fencing",
        setting: Setting(brokers: 3, destinationReplicas: 2)
    ) { stage, load in
        let touched = try stage.destination.partitions(of: load.topic, on: victim)
        let killed = try stage.fault("destination broker \(victim) killed") {
            try stage.destination.kill(broker: victim)
        }
        try stage.awaitLeaders(of: load, in: stage.destination)
        let fenced = try stage.step("destination broker \(victim) is fenced")
        stage.demandStall(
            below: 3, of: "partitions with a replica on it after the fencing", in: load, partitions: touched,
            from: fenced)
        stage.demandStall(
            below: 3, of: "partitions without a replica on it", in: load,
            partitions: Set(0..<load.partitions).subtracting(touched),
            from: stage.options.claim == .exactlyOnce ? fenced : killed)
        try stage.pause(10)
        try stage.heal("destination broker \(victim) started") { try stage.destination.restart(broker: victim) }
        try stage.pause(10)
    }

    static let shrinkDestination = Scenario(
        "S5", "shrink-destination", "a destination broker goes for good",
        explanation: "One of three destination brokers is shut down and stays away.",
        passLine: "every partition moves again less than 5 s after it has another leader", setting: Setting(brokers: 3)
    ) { stage, load in
        try stage.fault("destination broker \(victim) shut down") { try stage.destination.stop(broker: victim) }
        try stage.demandNewLeaders(of: load, in: stage.destination)
        try stage.pause(20)
    }
}

extension Stage {
    /// Waits until every partition has a leader other than the victim.
    fileprivate func awaitLeaders(of load: StageLoad, in cluster: KafkaCluster) throws {
        try require("other leaders for all partitions of broker \(Scenario.victim)", within: 60) {
            cluster.isLed(load.topic, without: Scenario.victim)
        }
    }

    /// The same, and demands that the mirror is soon at work with them.
    fileprivate func demandNewLeaders(of load: StageLoad, in cluster: KafkaCluster) throws {
        try awaitLeaders(of: load, in: cluster)
        demandStall(below: 5, of: "partitions after their new leaders' election", in: load, from: second)
    }

    /// The median of the mirror's memory in a quarter of the trial.
    fileprivate func memory(inQuarter quarter: Int) -> Double {
        let all = samples.compactMap(\.memoryMebibytes)
        let part = all[all.count * quarter / 4..<all.count * (quarter + 1) / 4].sorted()
        return part.isEmpty ? 0 : part[part.count / 2]
    }
}
