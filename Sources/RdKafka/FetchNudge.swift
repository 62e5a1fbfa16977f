import CRdKafka
import Dispatch

/// Wakes a consumer's fetching threads, where the library lets them sleep too long.
///
/// A broker thread of librdkafka before 2.2 that finds the consumer queue full looks again only when something wakes
/// it, which may take a second: a lane that empties the queue faster then stands still. Later versions have
/// `fetch.queue.backoff.ms`. Here the one public call that wakes every broker thread and asks nothing of a broker is
/// used: setting the SASL credentials, to what they are.
@safe struct FetchNudge: ~Copyable {
    private let client: OpaquePointer
    private let isNeeded: Bool
    private let username: String
    private let password: String
    private var lastNanoseconds: UInt64 = 0

    private static let intervalNanoseconds: UInt64 = 5_000_000
    /// A smaller sweep does not come from a full queue.
    private static let sweptMin = 64

    init(_ client: OpaquePointer) {
        unsafe self.client = client
        isNeeded = unsafe setting("fetch.queue.backoff.ms", of: client) == nil
        username = unsafe setting("sasl.username", of: client) ?? ""
        password = unsafe setting("sasl.password", of: client) ?? ""
    }

    /// Called after each sweep with what it brought.
    mutating func note(swept: Int) {
        guard isNeeded, swept >= Self.sweptMin else { return }
        let now = DispatchTime.now().uptimeNanoseconds
        guard now - lastNanoseconds >= Self.intervalNanoseconds else { return }
        lastNanoseconds = now
        if let refused = unsafe rd_kafka_sasl_set_credentials(client, username, password) {
            unsafe rd_kafka_error_destroy(refused)
        }
    }
}

/// The value of a property of a client; `nil` when this librdkafka has no such property, or it is not set.
private func setting(_ name: String, of client: OpaquePointer) -> String? {
    var size = 0
    guard let conf = unsafe rd_kafka_conf(client),
        unsafe rd_kafka_conf_get(conf, name, nil, &size) == RD_KAFKA_CONF_OK, size > 0
    else { return nil }
    var text = [CChar](repeating: 0, count: size)
    guard unsafe rd_kafka_conf_get(conf, name, &text, &size) == RD_KAFKA_CONF_OK else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
