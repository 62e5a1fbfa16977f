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
    static let sweptMin = 64
    private let sweptMin: Int

    /// - Parameter sweptMin: how much a sweep brings that may come from a full queue.
    init(_ client: OpaquePointer, sweptMin: Int = FetchNudge.sweptMin) {
        unsafe self.client = client
        self.sweptMin = sweptMin
        let conf = unsafe rd_kafka_conf(client)
        let value = { (name: String) in unsafe conf.flatMap { unsafe setting(name, of: $0) } }
        isNeeded = value("fetch.queue.backoff.ms") == nil
        username = value("sasl.username") ?? ""
        password = value("sasl.password") ?? ""
    }

    /// Called after each sweep with what it brought.
    mutating func note(swept: Int) {
        guard isNeeded, swept >= sweptMin else { return }
        let now = DispatchTime.now().uptimeNanoseconds
        guard now - lastNanoseconds >= Self.intervalNanoseconds else { return }
        lastNanoseconds = now
        if let refused = unsafe rd_kafka_sasl_set_credentials(client, username, password) {
            unsafe rd_kafka_error_destroy(refused)
        }
    }
}
