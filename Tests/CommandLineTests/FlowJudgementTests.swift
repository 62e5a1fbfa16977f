import Model
import Testing
import Topics

@testable import martlet

struct FlowJudgementTests {
    /// A flow from east to west, its own topics there already, unless a test says otherwise.
    private func findings(
        topics: [TopicEntry] = [.literal("orders")], start: StartPolicy? = nil, sourceID: String? = "a",
        source: [TopicFacts], destination: [TopicFacts], isNew: Bool = false, holdsRecords: Bool = false,
        gone: Set<String> = []
    ) throws -> FlowFindings {
        var flow = FlowDefinition(
            name: "east-west", source: ClusterDefinition(name: "east", bootstrap: "e:1"),
            destination: ClusterDefinition(name: "west", bootstrap: "w:1"), topics: topics)
        flow.start = start
        let own = [flow.positionsTopic, flow.controlTopic].map { TopicFacts(name: $0, partitions: 12) }
        let judgement = FlowJudgement(
            flow: flow, selection: try TopicSelection(topics),
            source: ClusterFacts(name: "east", id: sourceID, topics: source),
            destination: ClusterFacts(name: "west", id: "b", topics: destination + (isNew ? [] : own)))
        return judgement.findings(gone: gone) { _ in holdsRecords }
    }

    private let orders = TopicFacts(name: "orders", partitions: 8)

    @Test func `a topic that both ends have is copied`() throws {
        let found = try findings(source: [orders], destination: [orders])
        #expect(found.topics.map(\.step) == [.copy])
        #expect(found.problems.isEmpty && found.notes.isEmpty && found.ownTopicsToCreate.isEmpty)
    }

    @Test func `a destination with more partitions will do`() throws {
        let found = try findings(source: [orders], destination: [TopicFacts(name: "orders", partitions: 9)])
        #expect(found.topics.map(\.step) == [.copy])
    }

    @Test func `a missing topic is created, a small one grown`() throws {
        let created = try findings(source: [orders], destination: [], isNew: true)
        #expect(created.topics.map(\.step) == [.create])
        #expect(created.topics.map(\.partitionsAtDestination) == [nil])
        #expect(created.ownTopicsToCreate == ["martlet.east-west.positions", "martlet.east-west.control"])
        let grown = try findings(source: [orders], destination: [TopicFacts(name: "orders", partitions: 7)])
        #expect(grown.topics.map(\.step) == [.grow])
    }

    @Test func `the same cluster at both ends is a problem`() throws {
        let found = try findings(sourceID: "b", source: [orders], destination: [orders])
        #expect(found.problems.map(\.what) == ["east and west are the same cluster (b)"])
    }

    @Test func `clusters that do not say their ids are not taken for one`() throws {
        #expect(try findings(sourceID: nil, source: [orders], destination: [orders]).problems.isEmpty)
    }

    @Test func `a topic named in full must exist, a pattern may wait`() throws {
        let named = try findings(topics: [.literal("ordres")], source: [orders], destination: [])
        #expect(named.problems.count == 1)
        let pattern = try findings(topics: [.pattern("ordres.*")], source: [orders], destination: [])
        #expect(pattern.problems.isEmpty)
        #expect(pattern.notes.count == 1)
    }

    @Test func `a topic that was mirrored and deleted is noted, and no problem`() throws {
        let found = try findings(
            topics: [.literal("orders"), .literal("old")], source: [orders], destination: [orders], gone: ["old"])
        #expect(found.problems.isEmpty)
        #expect(found.notes.count == 1 && found.notes[0].hasPrefix("old was mirrored and is gone"))
        let unselected = try findings(source: [orders], destination: [orders], gone: ["old"])
        #expect(unselected.notes.isEmpty)
    }

    @Test func `a forbidden topic is a problem at either end`() throws {
        let forbidden = TopicFacts(name: "orders", partitions: 0, code: 29)
        let atSource = try findings(source: [forbidden], destination: [orders])
        #expect(atSource.problems.map(\.remedy) == ["allow READ and DESCRIBE on the topic there"])
        let atDestination = try findings(source: [orders], destination: [forbidden])
        #expect(atDestination.problems.map(\.remedy) == ["allow WRITE and DESCRIBE on the topic there"])
        #expect(atSource.topics.map(\.step) == [.refuse] && atDestination.topics.map(\.step) == [.refuse])
    }

    @Test func `a new flow into a topic with records needs a start`() throws {
        let silent = try findings(source: [orders], destination: [orders], isNew: true, holdsRecords: true)
        #expect(silent.topics.map(\.step) == [.refuse])
        #expect(silent.problems.count == 1)
        for start in [StartPolicy.earliest, .latest, .timestamp(milliseconds: 0)] {
            let said = try findings(
                start: start, source: [orders], destination: [orders], isNew: true, holdsRecords: true)
            #expect(said.topics.map(\.step) == [.copy] && said.problems.isEmpty)
        }
        let begun = try findings(source: [orders], destination: [orders], holdsRecords: true)
        #expect(begun.problems.isEmpty)
    }

    @Test func `partitions without a leader are noted and waited for`() throws {
        let found = try findings(
            source: [TopicFacts(name: "orders", partitions: 8, leaderless: 2)], destination: [orders])
        #expect(found.notes.count == 1 && found.problems.isEmpty)
    }

    @Test func `the report says everything and is ready only without problems`() throws {
        let clusters = ["east", "west"].map { ClusterFindings(name: $0, bootstrap: "\($0):1", id: $0, topics: 3) }
        let good = CheckReport(
            clusters: clusters, flows: [try findings(source: [orders], destination: [], isNew: true)])
        #expect(good.isReady)
        #expect(good.text.contains("    orders  8 partitions: create at west, then copy\n"))
        #expect(good.text.hasSuffix("ready: a run can start\n"))
        let bad = CheckReport(clusters: clusters, flows: [try findings(source: [], destination: [])])
        #expect(!bad.isReady)
        #expect(bad.text.contains("  problem: east has no topic orders, or does not show it\n    to do: create it"))
        #expect(bad.text.hasSuffix("not ready: 1 problem\n"))
    }
}
