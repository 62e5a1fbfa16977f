import Foundation
import Synchronization

/// Blocking work, each piece on a thread of its own.
enum Parallel {
    /// - Parameter meanwhile: called now and then by the caller's thread while the work goes on.
    static func map<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], everySeconds: Double = 5, _ work: @escaping @Sendable (Input) -> Output,
        meanwhile: () -> Void
    ) -> [Output] {
        let results = Results<Output>()
        for (index, input) in inputs.enumerated() {
            Thread { results.note(work(input), at: index) }.start()
        }
        var next = ContinuousClock.now + .seconds(everySeconds)
        while results.count < inputs.count {
            Thread.sleep(forTimeInterval: 0.02)
            if ContinuousClock.now >= next {
                next = .now + .seconds(everySeconds)
                meanwhile()
            }
        }
        return results.inOrder
    }

    private final class Results<Output: Sendable>: Sendable {
        private let values = Mutex<[Int: Output]>([:])

        var count: Int { values.withLock { $0.count } }
        var inOrder: [Output] { values.withLock { values in values.keys.sorted().compactMap { values[$0] } } }

        func note(_ value: Output, at index: Int) {
            values.withLock { $0[index] = value }
        }
    }
}
