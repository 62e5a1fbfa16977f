import Rig
import Verify

/// One thing that happens to mirrors, how it is brought about, and what is demanded.
package struct Scenario: Sendable {
    package let name: ScenarioName
    /// What is done, for `verify list` and the report.
    package let explanation: String
    /// What is demanded beside the claim itself.
    package let passLine: String
    var setting = Setting()
    /// Why this machine cannot do it; `nil` where it can be played.
    package var obstacle: String? { setting.losesPackets ? LossyNetwork.missing : nil }
    let play: @Sendable (Stage, StageLoad) throws -> Void

    /// What stands when the play begins.
    struct Setting: Sendable {
        var brokers = 1
        /// Whether the mirror reaches both clusters by way of fault proxies.
        var isProxied = false
        /// Whether all of the trial runs in a network of its own that can lose packets.
        var losesPackets = false
        /// Of the mirror.
        var processes = 1
        /// A destination topic that is there before the mirror comes has so many replicas; without it, the mirror makes it.
        var destinationReplicas: Int?
        /// Whether there is a load from the beginning; else the scenario brings its own.
        var hasMainLoad = true
        /// Of the source's brokers.
        var sourceSettings: [String: String] = [:]
        /// Whether the mirror must show both clusters who it is. Load and judge come in by a door of their own.
        var isSecured = false
        /// Whether Martlet goes on behind what the source has lost. By default it stops there.
        var skipsLosses = false
    }

    init(
        _ id: String, _ name: String, _ title: String, explanation: String, passLine: String,
        setting: Setting = Setting(), play: @escaping @Sendable (Stage, StageLoad) throws -> Void
    ) {
        self.name = ScenarioName(id: id, name: name, title: title)
        self.explanation = explanation
        self.passLine = passLine
        self.setting = setting
        self.play = play
    }
}

extension Scenario {
    /// In the order of their numbers.
    package static let all: [Scenario] = [
        longHaul, killSourceBroker, shrinkSource, killDestinationBroker, shrinkDestination, addProcess, removeProcess,
        underCapacity, newTopic, morePartitions, packetLoss, stalls, latency, killAll, freeze, rollingRestart,
        cutNetwork,
        recordsGone, transactions, compaction, quota, oversized, diskFull, manyPartitions, credentials,
    ]

    /// Six minutes that touch brokers, processes and topics.
    package static let selection = ["S4", "S7", "S9", "S13"]

    /// The scenario that a person calls `S4`, `s4` or `kill-destination-broker`.
    package static func named(_ name: String) -> Scenario? {
        all.first { $0.name.id.lowercased() == name.lowercased() || $0.name.name == name.lowercased() }
    }
}
