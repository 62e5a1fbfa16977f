import Foundation
import Mirror
import Model
import Synchronization

/// `martlet positions set` while processes run: they are asked, and set what stands still.
extension PositionsCommand {
    func ask(
        _ wishes: [TopicPartition: PositionsRequest.Wish], of processes: [String], _ flow: FlowDefinition
    ) throws(FlowFault) {
        // A request that is given up is taken back; a second signal is as hard as the first usually is.
        let arrived = SignalCount()
        let signals = StopSignals { count in
            if count > 1 { _exit(ExitCode.failure.rawValue) }
            arrived.number.store(count, ordering: .releasing)
        }
        defer { withExtendedLifetime(signals) {} }
        Output.write(
            "the flow runs (\(processes.joined(separator: ", "))): asking it to set stopped partitions, "
                + "\(PositionsRequest.waitMilliseconds / 1_000) s at most\n")
        let answers = try PositionsRequest(flow, wishes, logger: logger).run(
            until: { arrived.number.load(ordering: .acquiring) > 0 },
            tell: { Output.write("\($0): \(Self.text($1))\n") })
        for (source, answer) in answers.sorted(by: { $0.key < $1.key }) where answer.isOfNobody {
            Output.write("\(source): \(Self.text(answer))\n")
        }
        let written = answers.values.count { $0 == .applied }
        Output.write("written: \(written) position(s)\n")
        guard written == answers.count else { throw Self.fault(answers) }
    }

    private static func text(_ answer: PositionsRequest.Answer) -> String {
        switch answer {
        case .applied: "set"
        case .refused(let reason): "not set: \(reason)"
        case .silence: "not set: no process answered, and the request was taken back"
        case .replaced: "not set: another command has asked for this partition since"
        case .unknown: "no process answered, and the request could not be taken back"
        }
    }

    private static func fault(_ answers: [TopicPartition: PositionsRequest.Answer]) -> FlowFault {
        let failed = answers.filter { $0.value != .applied }
        let reason = "\(failed.count) of \(answers.count) position(s) were not set"
        if failed.values.contains(.unknown) {
            return FlowFault(
                reason, remedy: "a process may set them yet: look with `martlet positions show`, and set them again")
        }
        if failed.values.contains(where: \.isOfNobody) {
            return FlowFault(
                reason,
                remedy:
                    "see in the processes' logs whether they run, reach the destination and are of this version; one "
                    + "that had read the request before it was taken back may set the position still: look with "
                    + "`martlet positions show`")
        }
        return FlowFault(
            reason,
            remedy: "while the flow runs only stopped partitions can be set, from where they stand: stop its processes "
                + "for the others")
    }
}

extension PositionsRequest.Answer {
    fileprivate var isOfNobody: Bool { self == .silence || self == .unknown }
}

private final class SignalCount: Sendable {
    let number = Atomic(0)
}
