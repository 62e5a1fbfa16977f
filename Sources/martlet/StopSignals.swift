import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT as calls, for as long as this value lives.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter arrived: called with 1 for the first signal, 2 for the second, one after the other, on a thread of
    ///   Dispatch's.
    init(arrived: @escaping @Sendable (Int) -> Void) {
        // A reader of our output that goes away must not end a mirror.
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "martlet.signals")
        let counter = Counter()
        sources = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { arrived(counter.next()) }
            source.activate()
            return source
        }
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)
        func next() -> Int { count.add(1, ordering: .relaxed).newValue }
    }
}
