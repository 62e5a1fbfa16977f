import KafkaPorts
import Log
import Model
import RdKafka

/// Writes small records into the flow's control topic without waiting: one that is lost is followed by the next, which says
/// all of it again. On the flow's thread.
final class ControlWriter {
    private let topic: TopicPartition
    private let logger: Logger
    private var producer: LoadProducer?
    private let makeProducer: () throws(KafkaFault) -> LoadProducer

    private static let timeoutMilliseconds: Int32 = 2_000

    init(_ clients: FlowClients, logger: Logger) {
        topic = TopicPartition(clients.flow.controlTopic, 0)
        self.logger = logger
        makeProducer = { () throws(KafkaFault) in
            try LoadProducer(
                clients.requestProducer(timeoutMilliseconds: Self.timeoutMilliseconds), log: clients.logger("rate"))
        }
    }

    /// - Parameter value: `nil` takes the key away.
    func write(_ key: [UInt8], _ value: [UInt8]?) {
        do throws(KafkaFault) {
            if producer == nil { producer = try makeProducer() }
            // A full queue means that nothing lands: the next record says all of this one again.
            _ = try producer?.produce(LoadRecord(topic, key: key, value: value), ticket: 0)
            _ = producer?.poll(waitMilliseconds: 0)
        } catch {
            logger.warning("a record of the control topic could not be written", [LogField("reason", "\(error)")])
        }
    }

    /// Takes in what was answered.
    func poll() {
        _ = producer?.poll(waitMilliseconds: 0)
    }

    /// Before the process goes: until something was answered, or so long.
    func flush(waitMilliseconds: Int32 = 200) {
        _ = producer?.poll(waitMilliseconds: waitMilliseconds)
    }
}
