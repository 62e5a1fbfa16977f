import Engine
import RdKafka

/// Kafka's error codes (`org.apache.kafka.common.protocol.Errors`) and librdkafka's, as a lane understands them.
extension ReportMeaning {
    init(ofReport code: Int32) {
        let name = KafkaFault.name(ofCode: code)
        let reason = "\(name): \(KafkaFault.text(ofCode: code))"
        if name == "TOPIC_AUTHORIZATION_FAILED" {
            self = .forbidden(reason: reason)
        } else if Self.sizeRefusals.contains(name) {
            self = .refused(reason: reason, isAboutSize: true)
        } else if Self.refusals.contains(name) {
            self = .refused(reason: reason, isAboutSize: false)
        } else {
            self = Self.topicRefusals.contains(name) ? .setAside(reason: reason) : .again
        }
    }

    /// Whether another try with the same record of our own is for nothing.
    static func isRefusal(_ code: Int32) -> Bool {
        guard case .again = ReportMeaning(ofReport: code) else { return true }
        return missingTopics.contains(KafkaFault.name(ofCode: code))
    }

    /// Whether librdkafka itself will never send such a record, which a broker has no part in.
    static func isLocalRefusal(_ fault: KafkaFault) -> Bool { localRefusals.contains(fault.name) }

    /// What a broker answers for a batch with a record that it will never take.
    private static let refusals: Set<String> = [
        "INVALID_MSG", "INVALID_TIMESTAMP", "INVALID_RECORD", "POLICY_VIOLATION", "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    ]
    /// Smaller ones may pass.
    private static let sizeRefusals: Set<String> = ["MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_MSG_SIZE"]
    /// What a broker answers for a topic.
    private static let topicRefusals: Set<String> = ["TOPIC_EXCEPTION"]
    private static let missingTopics: Set<String> = ["UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"]
    private static let localRefusals: Set<String> = [
        "MSG_SIZE_TOO_LARGE", "_NOT_IMPLEMENTED", "_BAD_MSG", "_INVALID_ARG",
    ]
}
