import Testing

@testable import Trials

struct ScenarioTests {
    @Test func `no two scenarios share a number or a name, and each is found by both`() {
        let names = Scenario.all.map(\.name)
        #expect(Set(names.map(\.id)).count == names.count)
        #expect(Set(names.map(\.name)).count == names.count)
        for name in names {
            #expect(Scenario.named(name.id.lowercased())?.name == name)
            #expect(Scenario.named(name.name)?.name == name)
        }
        #expect(Scenario.named("S99") == nil)
    }

    @Test func `the selection for continuous integration can be played on every machine`() {
        let selection = Scenario.selection.map(Scenario.named)
        #expect(selection.allSatisfy { $0 != nil && $0?.obstacle == nil })
    }

    @Test func `every scenario explains itself in sentences`() {
        for scenario in Scenario.all {
            #expect(scenario.explanation.hasSuffix("."), "\(scenario.name.id)")
            #expect(!scenario.passLine.isEmpty && !scenario.passLine.hasSuffix("."), "\(scenario.name.id)")
        }
    }
}

struct PassLineTests {
    @Test func `what is only shown is neither met nor a failure`() {
        let shown = PassLine("fast", measured: "slow", isMet: false, isJudged: false)
        #expect(!shown.isFailure && shown.standing == "shown")
        let judged = PassLine("fast", measured: "slow", isMet: false)
        #expect(judged.isFailure && judged.standing == "not met")
        #expect(PassLine("fast", measured: "fast", isMet: true).standing == "met")
    }
}
