import Rig

extension Scenario {
    static let underCapacity = Scenario(
        "S8", "under-capacity", "too little capacity for a while, then enough",
        explanation: "The network from the source gives the mirror a tenth of what the load needs for 20 s.",
        passLine: "caught up within 10 s once there is room", setting: Setting(isProxied: true)
    ) { stage, load in
        let kilobytes = max(10, stage.options.ratePerSecond / 10)
        try stage.fault("the source gives \(kilobytes) kB/s") {
            try stage.source.applyEverywhere(.bandwidth(kilobytesPerSecond: kilobytes))
        }
        try stage.pause(20)
        try stage.heal("room again, with \(load.behind) records to catch up") {
            try stage.source.healEverywhere()
        }
        try stage.demandCatchUp(of: load, within: 10)
        try stage.pause(3)
    }

    static let packetLoss = Scenario(
        "S11", "packet-loss", "one packet in ten is lost",
        explanation: "For 20 s one packet in ten between the mirror and the source is lost, each way; then the same "
            + "between the mirror and the destination. The kernel loses them, in a network namespace of the trial's own.",
        passLine: "slower at most: caught up within 10 s after each",
        setting: Setting(isProxied: true, losesPackets: true)
    ) { stage, load in
        for (name, cluster) in [("source", stage.source), ("destination", stage.destination)] {
            try stage.fault("one packet in ten is lost between the mirror and the \(name)") {
                try stage.losePackets(oneIn: 10, ports: cluster.proxyPorts)
            }
            try stage.pause(20)
            try stage.heal("none is lost any more, with \(load.behind) records to catch up") {
                try stage.loseNoPackets()
            }
            try stage.demandCatchUp(of: load, within: 10)
            try stage.pause(3)
        }
    }

    static let stalls = Scenario(
        "S11b", "stalls", "connections stand still at random",
        explanation: "For 30 s every connection of the mirror, to both clusters, stands still for 0.2 to 3 s every few "
            + "seconds: what lost packets do, where the kernel cannot lose any.",
        passLine: "slower at most: caught up within 10 s afterwards", setting: Setting(isProxied: true, processes: 2)
    ) { stage, load in
        try stage.fault("every connection stands still now and then") {
            try stage.applyEverywhere(.stalls)
        }
        try stage.pause(30)
        try stage.heal("connections flow again") {
            try stage.healEverywhere()
        }
        try stage.demandCatchUp(of: load, within: 10)
        try stage.pause(3)
    }

    static let latency = Scenario(
        "S12", "latency", "100 ms of latency each way",
        explanation:
            "Under load, 100 ms of latency come upon each way of the mirror to both clusters. Then, to be shown and not "
            + "judged, a backlog of 100,000 records is drained over the far network, and one over the near one.",
        passLine: "the throughput of the load over the far network is at least 80 % of that over the near one",
        setting: Setting(isProxied: true)
    ) { stage, load in
        let near = try stage.throughput(of: load, overSeconds: 20)
        try stage.fault("100 ms of latency each way, to both clusters") {
            try stage.applyEverywhere(.latency(milliseconds: 100))
        }
        try stage.pause(10)
        let far = try stage.throughput(of: load, overSeconds: 20)
        stage.demand(
            "throughput is at least 80 % of that without latency",
            measured: "\(Int(far)) of \(Int(near)) records/s (\(Stage.percent(far / near)))", far >= near * 0.8)
        let farDrain = try stage.drain("verify-far", records: 100_000)
        try stage.heal("no latency") {
            try stage.healEverywhere()
        }
        let nearDrain = try stage.drain("verify-near", records: 100_000)
        stage.show(
            "a backlog is drained at", measured: "\(Int(farDrain)) records/s, and without latency at \(Int(nearDrain))")
    }

    static let quota = Scenario(
        "S19", "quota", "the destination throttles whoever writes to it",
        explanation:
            "The destination gives all writers together a quarter of the bytes that the load needs, for 20 s.",
        passLine: "waited for: caught up within 20 s once the quota is lifted"
    ) { stage, load in
        let bytes = max(1_000, stage.options.ratePerSecond * 1_000 / 4)
        try stage.fault("the destination takes \(bytes) bytes/s") {
            try stage.destination.setProducerQuota(bytesPerSecond: bytes)
        }
        try stage.pause(20)
        try stage.heal("no quota, with \(load.behind) records to catch up") {
            try stage.destination.setProducerQuota(bytesPerSecond: nil)
        }
        try stage.demandCatchUp(of: load, within: 20)
        try stage.pause(3)
    }

    static let cutNetwork = Scenario(
        "S16", "cut-network", "one side cannot be reached for a minute",
        explanation: "Every connection of the mirror to the source is cut for 60 s, and new ones are refused.",
        passLine: "caught up within 30 s once the network is back", setting: Setting(isProxied: true, processes: 2)
    ) { stage, load in
        try stage.fault("the source cut off") {
            try stage.source.applyEverywhere(.cut)
        }
        try stage.pause(60)
        try stage.heal("the source can be reached again") {
            try stage.source.healEverywhere()
        }
        try stage.demandCatchUp(of: load, within: 30)
        try stage.pause(3)
    }
}

extension KafkaCluster {
    fileprivate func applyEverywhere(_ fault: NetworkFault) throws {
        for broker in 1...brokers { try apply(fault, broker: broker) }
    }

    fileprivate func healEverywhere() throws {
        for broker in 1...brokers { try heal(broker: broker) }
    }

    /// Of all clients of a user together, which nobody is here: a mirror with several producers gets no more of it than
    /// one with a single one. `nil` lifts it.
    fileprivate func setProducerQuota(bytesPerSecond: Int?) throws {
        let change =
            bytesPerSecond.map { ["--add-config", "producer_byte_rate=\($0)"] }
            ?? ["--delete-config", "producer_byte_rate"]
        _ = try run(
            tool: "kafka.admin.ConfigCommand",
            ["--bootstrap-server", bootstrap, "--alter", "--entity-type", "users", "--entity-default"] + change)
    }
}

extension Stage {
    /// Demands that next to nothing is behind within a time from now.
    func demandCatchUp(of load: StageLoad, within limit: Double) throws {
        let seconds = try wait(upTo: limit * 4) { load.behind < Int64(options.ratePerSecond / 2) }
        demand("caught up", within: limit, took: seconds, patience: limit * 4)
    }

    /// On every way between the mirror and both clusters.
    fileprivate func applyEverywhere(_ fault: NetworkFault) throws {
        for cluster in [source, destination] { try cluster.applyEverywhere(fault) }
    }

    fileprivate func healEverywhere() throws {
        for cluster in [source, destination] { try cluster.healEverywhere() }
    }

    /// Records a second that arrive from now on.
    fileprivate func throughput(of load: StageLoad, overSeconds seconds: Double) throws -> Double {
        let (begin, first) = (second, load.received)
        try pause(seconds)
        return Double(load.received - first) / (second - begin)
    }

    /// Has a backlog drained by a mirror that was not there when it came. Returns records a second, between a tenth and
    /// nine tenths of it: neither its start nor its end counts.
    func drain(_ topic: String, partitions: Int = 12, records: Int64) throws -> Double {
        let members = crew.members
        for number in members { crew.stop(number) }
        let load = try load(topic, partitions: partitions, ratePerSecond: 0, records: records)
        try require("the backlog of \(topic) in the source", within: 120) { load.acknowledged >= records }
        try step("mirror started in front of \(records) records of \(topic)") {
            for number in members { try crew.start(number) }
        }
        try require("a tenth of \(topic) mirrored", within: 120) { load.received > records / 10 }
        let (begin, first) = (second, load.received)
        try require("nine tenths of \(topic) mirrored", within: 300) { load.received > records * 9 / 10 }
        return Double(load.received - first) / (second - begin)
    }
}
