import Console
import Model
import Shaping

/// `martlet shape propose`: a policy from sample records. It shows no value of them.
struct ShapeProposeCommand {
    private let input: ShapeInput?

    init(_ invocation: Invocation) throws(UsageFault) {
        input = try ShapeInput(invocation, needsShape: false)
    }

    func run() -> ExitCode {
        guard let input else { return .usage }
        do throws(ShapeStop) {
            Output.write(try Self.answer(input))
            return .success
        } catch {
            return error.report()
        }
    }

    static func answer(_ input: ShapeInput) throws(ShapeStop) -> String {
        let identities = input.flow.shape.sanitize?.identities.map(\.name) ?? []
        var proposal = ShapeProposal(topic: input.topic, identities: identities)
        for record in try input.records(.proposedRecords) { proposal.note(record) }
        return proposal.yaml
    }
}
