import Model
import Positions
import Shaping

/// Whether a process may take part in a flow, by its configuration and the one that the flow runs with.
///
/// Two processes that disagree would take turns at being right: each steward would undo the other's choice. So the
/// higher revision wins, and equal revisions must say the same while another process is there.
package enum ConfigurationGate: Hashable, Sendable {
    /// The same configuration, or the first.
    case same
    /// This one takes over: to be written by the steward.
    case newer
    case refused(reason: String)

    package static func judge(
        own: ConfigurationRecord, running: ConfigurationRecord?, isAlone: Bool
    ) -> ConfigurationGate {
        guard let running else { return .newer }
        if own.revision > running.revision { return .newer }
        if own.revision < running.revision {
            return .refused(
                reason: "this configuration has revision \(own.revision), and the flow runs with revision "
                    + "\(running.revision): use the newer configuration here, too")
        }
        if own.settings == running.settings { return .same }
        if isAlone { return .newer }
        return .refused(
            reason: "this configuration says \(own.settings), the flow runs with \(running.settings), both have "
                + "revision \(own.revision): raise `revision` where the change is meant")
    }
}

extension FlowDefinition {
    /// What every process of the flow must agree on.
    package var configurationRecord: ConfigurationRecord {
        let entries = topics.map { entry in
            switch entry {
            case .literal(let name): name
            case .pattern(let text): "/\(text)/"
            }
        }
        return ConfigurationRecord(
            revision: revision,
            settings: "topics \(entries.sorted().joined(separator: " ")), isolation \(isolation.rawValue)"
                + (shape == ShapeDefinition() ? "" : ", shape \(shape.fingerprint)"))
    }
}
