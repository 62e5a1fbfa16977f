import CRdKafka
import Model
import Synchronization

/// What a source consumer's error callback has noted. That a topic or partition is gone comes by this way only, and in
/// no field but the text, which begins `topic [number]: ` (`rd_kafka_toppar_enq_error`, 2.0 to 2.12).
final class SourceBox: CallbackBox {
    private let gone = Mutex<[(partition: TopicPartition, fault: KafkaFault)]>([])

    fileprivate func note(_ code: rd_kafka_resp_err_t, _ text: String) {
        // A client without this callback would have logged it so.
        write(ClientLog(level: 3, facility: "ERROR", text: text))
        let isGone =
            code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
        guard isGone, let partition = TopicPartition(startOf: text) else { return }
        let fault = KafkaFault(call: "rd_kafka_consume_batch_queue", code: code, subject: "\(partition)")
        gone.withLock { $0.append((partition, fault)) }
    }

    func takeGone() -> [(partition: TopicPartition, fault: KafkaFault)] {
        gone.withLock { gone in
            guard !gone.isEmpty else { return [] }
            let taken = gone
            gone = []
            return taken
        }
    }
}

/// The error callback: it runs inside polls of the consumer.
func noteSourceError(
    _: OpaquePointer?, _ code: Int32, _ text: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let opaque = unsafe opaque else { return }
    let box = unsafe Unmanaged<SourceBox>.fromOpaque(opaque).takeUnretainedValue()
    box.note(rd_kafka_resp_err_t(rawValue: code), unsafe cText(text))
}

extension TopicPartition {
    init?(startOf text: String) {
        guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]"),
            let number = Int32(text[text.index(after: open)..<close]), text[..<open].hasSuffix(" ")
        else { return nil }
        self.init(String(text[..<open].dropLast()), number)
    }
}
