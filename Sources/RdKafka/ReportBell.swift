import Dispatch

/// What one waits for who expects reports of several clients: each of them rings.
final class ReportBell: Sendable {
    private let rings = DispatchSemaphore(value: 0)

    func ring() { rings.signal() }

    /// Waits for a ring, also one that came before, and forgets those that came with it.
    func wait(milliseconds: Int32) {
        guard rings.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success else { return }
        while rings.wait(timeout: .now()) == .success {}
    }
}
