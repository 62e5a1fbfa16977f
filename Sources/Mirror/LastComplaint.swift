import RdKafka
import Synchronization

/// What a client of librdkafka last complained of. A time-out alone does not say that a password was refused.
package final class LastComplaint: Sendable {
    private let last = Mutex<String?>(nil)

    package init() {}

    package var text: String? { last.withLock { $0 } }

    /// A logger that remembers, then hands on.
    package func listening(before log: @escaping ClientLogger = { _ in }) -> ClientLogger {
        { [self] line in
            note(line)
            log(line)
        }
    }

    private func note(_ line: ClientLog) {
        // "All brokers are down" follows every refusal, and says less than it.
        guard line.level <= 4, !line.text.contains("brokers are down") else { return }
        // The library's name for its thread stands first.
        let text = line.text.hasPrefix("[thrd:") ? line.text.drop { $0 != "]" }.dropFirst(3) : line.text[...]
        last.withLock { $0 = String(text) }
    }
}
