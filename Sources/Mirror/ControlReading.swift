import KafkaPorts
import Model
import RdKafka

extension FlowClients {
    /// The flow's control topic as it is now, for a command: read to its end, by one that takes part in nothing.
    func readControl(
        _ admin: AdminClient, noting: (LogRecord) -> Void = { _ in }
    ) throws(FlowFault) -> ControlReader {
        do throws(KafkaFault) {
            let bounds = try admin.watermarks(
                of: TopicPartition(flow.controlTopic, 0), timeoutMilliseconds: Self.controlMilliseconds)
            var control = try ControlReader(self, from: bounds.low)
            if control.read(to: bounds.high, noting: noting) { return control }
        } catch {
            throw Self.unreadableControl("\(error)")
        }
        throw Self.unreadableControl("it takes too long")
    }

    /// For questions about the destination that commands ask.
    func commandAdmin() throws(FlowFault) -> AdminClient {
        do throws(KafkaFault) {
            return try AdminClient(admin(of: flow.destination, isolation: .readUncommitted), log: logger("admin"))
        } catch {
            throw Self.unreadableControl("\(error)")
        }
    }

    private static let controlMilliseconds: Int32 = 10_000

    private static func unreadableControl(_ reason: String) -> FlowFault {
        FlowFault(
            "the flow's control topic cannot be read: \(reason)",
            remedy: "see whether the flow has ever run, and run `martlet check`")
    }
}
