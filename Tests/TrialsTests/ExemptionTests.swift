import Model
import Testing
import Verify

@testable import Rig
@testable import Trials

struct ExemptionTests {
    private func set(_ members: Int64...) -> IntervalSet {
        var set = IntervalSet()
        for member in members { set.insert(member) }
        return set
    }

    @Test func `what is exempt is no longer demanded, and nothing else is given up`() {
        var ledger = Ledger(streams: 2, allOf: 10)
        // Never acknowledged, so nobody's to miss, exempt or not.
        ledger.streams[1].acknowledged = IntervalSet(0..<8)
        let exemption = Exemption(
            sequences: [set(2, 3), set(7, 9)], others: "that the source still holds", mustBeTold: false)
        let demanded = exemption.demanded(of: ledger)
        #expect(demanded.streams.map(\.acknowledged.ranges) == [[0..<2, 4..<10], [0..<7]])
        #expect(demanded.streams.map(\.sent) == [10, 10])
        #expect(exemption.exempt(of: ledger).streams.map(\.acknowledged) == [set(2, 3), set(7)])
    }

    @Test func `an exempt record that arrives all the same is no finding, and another one that is missing is`() {
        let plan = LoadPlan(seed: 1)
        let judge = RecordJudge(plan: plan, sourceTopic: "t", topic: "t", partitions: 1)
        let exemption = Exemption(sequences: [set(1)], others: "", mustBeTold: true)
        let ledger = exemption.demanded(of: Ledger(streams: 1, allOf: 3))
        let counts = judge.verdict(expecting: ledger).counts
        #expect(counts.expected == 2 && counts.missing == 2)
        #expect(judge.missing(of: exemption.exempt(of: Ledger(streams: 1, allOf: 3)), load: 0) == [set(1)])
    }

    @Test func `a mirror that cannot be told its credentials is not put before locked doors`() throws {
        let rotation = try #require(Scenario.named("S21"))
        let command = CommandRecipe(command: "true")
        #expect(command.obstacle(to: rotation) != nil)
        #expect(MartletRecipe(program: "martlet", version: "1").obstacle(to: rotation) == nil)
        for scenario in Scenario.all where scenario.name != rotation.name {
            #expect(command.obstacle(to: scenario) == nil, "\(scenario.name.id)")
        }
    }
}

struct TellingTests {
    private let missing = [IntervalSet(), IntervalSet(110..<120), IntervalSet(3..<4)]

    private func told(_ line: String) -> Int64 { Telling(of: "verify-big", in: line).count(of: missing) }

    @Test(arguments: [
        "12:00:03 warning record quarantined partition=verify-big[1] offset=117 reason=\"MSG_SIZE_TOO_LARGE\"",
        "WARN dropped verify-big-1@117", #"{"topic":"verify-big","partition":1,"offset":117}"#,
    ])
    func `a line that names topic, partition and offset tells of the record`(line: String) {
        #expect(told(line) == 1)
        #expect(told(line + "\n" + line) == 1)
    }

    @Test(arguments: [
        "ERROR task failed: RecordTooLargeException at 117", "verify-big[0] offset=117", "verify-big[1] offset=1170",
        "verify-small[1] offset=117", "117 verify-big[1]", "verify-big[2]", "",
    ])
    func `anything else tells of nothing`(line: String) {
        #expect(told(line) == 0)
    }

    @Test func `every record is told of for itself`() {
        #expect(told("verify-big[1] offset=110\nverify-big[1] offset=111\nverify-big[2] offset=3\n") == 3)
    }
}
