import KafkaPorts
import Testing

/// What may lose a flow's memory, by the settings of the topics that hold it.
struct LedgerSettingsTests {
    private static let sound = [
        "cleanup.policy": "compact", "unclean.leader.election.enable": "false", "min.insync.replicas": "2",
    ]

    private func weaknesses(
        _ name: String? = nil, _ value: String = "", replicas: Int = 3, usual: Int = 3
    ) -> [LedgerWeakness] {
        var settings = Self.sound
        if let name { settings[name] = value }
        return LedgerWeakness.all(of: "positions", settings: settings, replicas: replicas, usualReplicas: usual)
    }

    @Test func `a topic as a flow makes it has none`() {
        #expect(weaknesses() == [])
        #expect(weaknesses("min.insync.replicas", "1", replicas: 1, usual: 1) == [], "there is one broker only")
        #expect(LedgerWeakness.all(of: "positions", settings: [:], replicas: 3, usualReplicas: 3) == [])
    }

    @Test(arguments: [
        ("cleanup.policy", "delete", true), ("cleanup.policy", "compact,delete", true),
        ("unclean.leader.election.enable", "true", false), ("min.insync.replicas", "1", false),
    ])
    func `a setting that may lose positions is named, with what to set`(name: String, value: String, isCertain: Bool) {
        let found = weaknesses(name, value)
        #expect(found.map(\.isCertain) == [isCertain])
        #expect(found.first?.what.hasPrefix("\(name) is \(value)") == true)
        #expect(found.first?.remedy.contains("--entity-name positions --add-config \(name)=") == true)
    }

    @Test func `too few replicas are told, by what the cluster has`() {
        #expect(weaknesses(replicas: 1).map(\.what) == ["it has 1 replicas where the cluster's topics have 3"])
        #expect(weaknesses(replicas: 3, usual: 5) == [])
    }
}
