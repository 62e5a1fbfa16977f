import CRdKafka

/// What librdkafka answered when it did not do what it was asked: judged once, here.
///
/// It never holds payload bytes, and no value of a client property.
package struct KafkaFault: Error, Sendable, CustomStringConvertible {
    /// The C function that answered.
    package let call: StaticString
    /// librdkafka's code: negative ones are its own, positive ones come from a broker.
    package let code: Int32
    /// The code's name, such as `_TIMED_OUT`.
    package let name: String
    package let reason: String
    /// What it is about: a topic and partition, a property, a group.
    package let subject: String
    /// The client instance can do nothing any more.
    package let isFatal: Bool
    /// The same call may be made again.
    package let isRetriable: Bool
    /// The transaction under way must be aborted.
    package let requiresAbort: Bool

    package var description: String { "\(call) on \(subject): \(name) (\(code)): \(reason)" }

    init(
        call: StaticString, code: rd_kafka_resp_err_t, reason: String? = nil, subject: String, isFatal: Bool = false
    ) {
        self.call = call
        self.code = code.rawValue
        self.name = Self.name(ofCode: code.rawValue)
        self.reason = reason ?? Self.text(ofCode: code.rawValue)
        self.subject = subject
        self.isFatal = isFatal || code == RD_KAFKA_RESP_ERR__FATAL
        self.isRetriable = false
        self.requiresAbort = false
    }

    /// Reads and destroys `error`.
    init(call: StaticString, consuming error: OpaquePointer, subject: String) {
        self.call = call
        self.code = unsafe rd_kafka_error_code(error).rawValue
        self.name = unsafe cText(rd_kafka_error_name(error))
        self.reason = unsafe cText(rd_kafka_error_string(error))
        self.subject = subject
        // A call on an instance that is past help says so by its code alone.
        let isPastHelp = unsafe rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__FATAL
        self.isFatal = unsafe isPastHelp || rd_kafka_error_is_fatal(error) != 0
        self.isRetriable = unsafe rd_kafka_error_is_retriable(error) != 0
        self.requiresAbort = unsafe rd_kafka_error_txn_requires_abort(error) != 0
        unsafe rd_kafka_error_destroy(error)
    }

    /// Throws when a call answered with an error object, which is destroyed.
    static func check(_ call: StaticString, _ error: OpaquePointer?, on subject: String) throws(KafkaFault) {
        if let error = unsafe error { throw unsafe KafkaFault(call: call, consuming: error, subject: subject) }
    }

    /// Throws when a call answered with a code.
    static func check(_ call: StaticString, _ code: rd_kafka_resp_err_t, on subject: String) throws(KafkaFault) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFault(call: call, code: code, subject: subject) }
    }

    /// The name of a code, such as `MSG_SIZE_TOO_LARGE`.
    package static func name(ofCode code: Int32) -> String {
        unsafe cText(rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: code)))
    }

    /// What a code means, in librdkafka's words.
    package static func text(ofCode code: Int32) -> String {
        unsafe cText(rd_kafka_err2str(rd_kafka_resp_err_t(rawValue: code)))
    }
}

/// A C string of librdkafka's as text; empty when there is none.
func cText(_ string: UnsafePointer<CChar>?) -> String {
    guard let string = unsafe string else { return "" }
    return unsafe String(cString: string)
}

/// The text in a buffer that C has filled, up to its zero.
func cText(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The version of the librdkafka that was loaded, such as `2.0.2`.
package var librdkafkaVersion: String { unsafe cText(rd_kafka_version_str()) }
