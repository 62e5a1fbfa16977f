import Model
import Patterns

/// Which policies hold for a topic: the flow's, or those of the first override that names it and them.
package struct PolicyBook: Sendable {
    private let flow: Policies
    private let overrides: [(selection: TopicSelection, policies: PolicyOverride)]

    /// - Throws: the fault of the first entry that is no regular expression.
    package init(_ flow: Policies, overrides: [PolicyOverride]) throws(PatternFault) {
        self.flow = flow
        var selections: [(selection: TopicSelection, policies: PolicyOverride)] = []
        for policies in overrides { selections.append((try TopicSelection(policies.topics), policies)) }
        self.overrides = selections
    }

    package func policies(of topic: String) -> Policies {
        let matching = overrides.filter { $0.selection.selects(topic) }.map(\.policies)
        var policies = flow
        if let named = matching.compactMap(\.onLoss).first { policies.onLoss = named }
        if let named = matching.compactMap(\.onDestinationLoss).first { policies.onDestinationLoss = named }
        if let named = matching.compactMap(\.onPoison).first { policies.onPoison = named }
        return policies
    }
}
