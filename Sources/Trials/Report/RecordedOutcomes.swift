/// What kafka-mirror-tester's authors wrote down of two mirrors in 2019, on some 70 cloud nodes with Kafka 2.1: a
/// memory to stand beside what is measured here, never a measurement of ours.
package struct RecordedOutcomes: Sendable {
    /// Our scenario's number. Theirs are the same up to S10; their packet loss, S13 and S14, is our S11.
    package let scenario: String
    package let uReplicator: String
    package let brooklin: String

    package static let source =
        "Recorded in 2019 by kafka-mirror-tester's authors: 100 to 200 MB/s on some 70 cloud nodes, Kafka 2.1, records "
        + "counted from metrics. Not measured here and not comparable figure by figure. Its scenarios on controllers "
        + "have no counterpart."

    package static func of(_ scenario: String) -> RecordedOutcomes? {
        all.first { $0.scenario == scenario }
    }

    private init(_ scenario: String, uReplicator: String, brooklin: String) {
        self.scenario = scenario
        self.uReplicator = uReplicator
        self.brooklin = brooklin
    }

    package static let all = [
        RecordedOutcomes(
            "S1", uReplicator: "hours at 200 MB/s without trouble", brooklin: "hours at 200 MB/s without trouble"),
        RecordedOutcomes(
            "S2", uReplicator: "short dip; about 20 records lost, never explained",
            brooklin: "short dip, nothing lost"),
        RecordedOutcomes(
            "S3", uReplicator: "short dip; now and then a little lost", brooklin: "short dip, nothing lost"),
        RecordedOutcomes(
            "S4", uReplicator: "short dip, nothing lost",
            brooklin: "stood still for about 5 min, in other runs 15 to 20; much lost where retention was short"),
        RecordedOutcomes(
            "S5", uReplicator: "no dip to be seen",
            brooklin: "deep dip; 400,000 records lost at 200 MB/s, none at 100"),
        RecordedOutcomes("S6", uReplicator: "no trouble", brooklin: "no trouble"),
        RecordedOutcomes(
            "S7", uReplicator: "about 2 min to recover, nothing lost",
            brooklin: "about 2 min to recover, nothing lost"),
        RecordedOutcomes(
            "S8", uReplicator: "about 10 min to catch up, sometimes only with help",
            brooklin: "slow, and records lost without explanation; none lost at 100 MB/s"),
        RecordedOutcomes("S9", uReplicator: "picked up after 2 to 3 min", brooklin: "picked up after 3 to 4 min"),
        RecordedOutcomes(
            "S10", uReplicator: "never noticed: the topic had to be taken out and put back",
            brooklin: "only once the destination was grown by hand; in the wrong order records were lost"),
        RecordedOutcomes(
            "S11", uReplicator: "slower, nothing lost",
            brooklin: "near the mirror: stood still, about 10 min until normal; near the source: some lost in one run"),
    ]
}
