import CRdKafka
import Dispatch

/// One line of a client's own log.
package struct ClientLog: Sendable {
    /// As in syslog: 0 (emergency) to 7 (debug).
    package let level: Int32
    /// librdkafka's short word for it, such as `FAIL`; `ERROR` for an error of the whole client.
    package let facility: String
    package let text: String
}

/// Called on librdkafka's threads: must not block and must not call the client.
package typealias ClientLogger = @Sendable (ClientLog) -> Void

/// What a client's callbacks reach through its opaque. It outlives the client.
class CallbackBox {
    private let log: ClientLogger

    init(log: @escaping ClientLogger) {
        self.log = log
    }

    final func write(_ line: ClientLog) { log(line) }
}

/// Owns one `rd_kafka_t`. Whoever holds it destroys what was made of it (topics, queues, messages) first.
@safe struct ClientHandle: ~Copyable {
    let pointer: OpaquePointer
    private let box: CallbackBox
    private let ending: ClientEnding

    /// - Parameter prepare: sets callbacks and events on the configuration before the client is made of it.
    init(
        _ type: rd_kafka_type_t, _ configuration: ClientConfiguration, box: CallbackBox, ending: ClientEnding = .waits,
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaFault) {
        let conf = try unsafe configuration.makeConf()
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(box).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf, passLogOn)
        unsafe prepare(conf)
        var reason = [CChar](repeating: 0, count: 512)
        guard let pointer = unsafe rd_kafka_new(type, conf, &reason, reason.count) else {
            let code = rd_kafka_last_error()
            unsafe rd_kafka_conf_destroy(conf)  // rd_kafka_new takes it on success only
            throw KafkaFault(
                call: "rd_kafka_new", code: code, reason: configuration.masked(cText(reason)), subject: "the client")
        }
        unsafe self.pointer = pointer
        self.box = box
        self.ending = ending
    }

    deinit {
        switch ending {
        case .waits: unsafe rd_kafka_destroy(pointer)
        case .aside, .asideWithoutClose:
            let flags = ending == .aside ? 0 : Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            let client = unsafe DoomedClient(pointer: pointer, box: box, flags: flags)
            DispatchQueue.global().async { client.destroy() }
        }
    }

    /// The error after which the instance does nothing more, if it has met one.
    var fatalFault: KafkaFault? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = unsafe rd_kafka_fatal_error(pointer, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaFault(
            call: "rd_kafka_fatal_error", code: code, reason: cText(reason), subject: "the client", isFatal: true)
    }
}

/// How a client goes.
enum ClientEnding {
    case waits
    /// On a thread of its own: `rd_kafka_destroy` returns only when the last consumed message has been released, and a
    /// lane that drops its parts in the wrong order would wait for itself.
    case aside
    /// The same, for a consumer that has been closed.
    case asideWithoutClose
}

/// `@unchecked Sendable`: the one reference left to a client and to its box.
@safe private struct DoomedClient: @unchecked Sendable {
    let pointer: OpaquePointer
    let box: CallbackBox
    let flags: Int32

    func destroy() {
        unsafe rd_kafka_destroy_flags(pointer, flags)
    }
}

/// Runs on any of the client's threads, also before `rd_kafka_new` has returned.
private func passLogOn(
    _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ line: UnsafePointer<CChar>?
) {
    guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return }
    let box = unsafe Unmanaged<CallbackBox>.fromOpaque(opaque).takeUnretainedValue()
    box.write(
        ClientLog(
            level: level, facility: unsafe cText(facility), text: unsafe cText(line)))
}
