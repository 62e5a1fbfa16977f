import Foundation
import Synchronization

/// Runs `body` on a thread of its own. librdkafka's calls block, so they never run on Swift's cooperative pool.
package func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.start()
}

package func pause(milliseconds: Int) {
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
}

/// Ends soon after the flag is raised.
package func pause(milliseconds: Int, orUntil isOver: StopFlag) {
    var left = milliseconds
    while left > 0, !isOver.isRaised {
        pause(milliseconds: 50)
        left -= 50
    }
}

/// A flag that one thread raises and others look at between their steps.
package final class StopFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}

    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    package func raise() { raised.store(true, ordering: .releasing) }
}

/// A bounded queue between threads; waiting is the reader's own affair.
package final class Inbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wake: @Sendable () -> Void

    package init(wake: @escaping @Sendable () -> Void = {}) {
        self.wake = wake
    }

    package func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wake()
    }

    package func take() -> [Message] {
        messages.withLock { messages in
            guard !messages.isEmpty else { return [] }
            let taken = messages
            messages.removeAll(keepingCapacity: true)
            return taken
        }
    }
}
