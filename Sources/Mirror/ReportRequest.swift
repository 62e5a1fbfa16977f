import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Shaping

/// Gathers the parts of a flow's report from its control topic, while the flow runs or afterwards. It reads, and nothing
/// else.
package struct ReportRequest {
    private let flow: FlowDefinition
    private let clients: FlowClients
    private static let timeoutMilliseconds: Int32 = 10_000

    package init(_ flow: FlowDefinition, logger: Logger) {
        self.flow = flow
        clients = FlowClients(
            flow: flow, instance: "report-" + String(UInt64.random(in: .min ... .max), radix: 36), logger: logger)
    }

    /// `nil`: no process of the flow has told anything yet.
    package func report() throws(FlowFault) -> RunReport? {
        var parts: [[UInt8]: RunPart] = [:]
        let admin = try clients.commandAdmin()
        let control = try clients.readControl(admin) { record in
            guard let key = record.key, RunPart.isKey(key) else { return }
            parts[key] = record.value.flatMap { try? RunPart(key: key, decoding: $0) }
        }
        return RunReport(
            Array(parts.values), flow: flow.name, source: Self.cluster(flow.source, control.catalogue.flow?.cluster),
            destination: Self.cluster(
                flow.destination, admin.clusterID(timeoutMilliseconds: Self.timeoutMilliseconds)))
    }

    private static func cluster(_ cluster: ClusterDefinition, _ id: String?) -> String {
        cluster.name + (id.map { " (cluster \($0))" } ?? "")
    }
}
