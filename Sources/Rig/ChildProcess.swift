import Dispatch
import Foundation
import Glibc
import Synchronization

/// A started process: signalled and waited for by its id, and ended when this process ends.
package final class ChildProcess: Sendable {
    package let processID: pid_t
    /// What a signal goes to: the process, or with a minus sign its group.
    private let target: pid_t
    private let outcome = Mutex<ChildExit?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    package init(_ spawn: Spawn) throws(RigFault) {
        let process = try spawn.start()
        let target = spawn.ownGroup ? -process : process
        processID = process
        self.target = target
        CleanupGuard.watch(process: target)
        // Foundation's Process hides the resource usage; so one blocked thread a child waits for it.
        let waiter = Thread { [self] in
            // First without reaping: the id stays the child's until nobody can signal it any more.
            while waitid(P_PID, id_t(process), nil, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
            outcome.withLock { outcome in
                var status: Int32 = 0
                var usage = rusage()
                while unsafe wait4(process, &status, 0, &usage) == -1 && errno == EINTR {}
                outcome = ChildExit(status: status, usage: usage)
            }
            CleanupGuard.forget(process: target)
            ended.signal()
        }
        waiter.stackSize = 256 << 10
        waiter.start()
    }

    package var isRunning: Bool { outcome.withLock { $0 == nil } }

    /// Sends `number` if the process still runs.
    package func signal(_ number: Int32) {
        outcome.withLock { if $0 == nil { kill(target, number) } }
    }

    /// How it ended, or `nil` when it still runs after `seconds`.
    package func wait(seconds: Double) -> ChildExit? {
        guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
        ended.signal()
        return outcome.withLock { $0 }
    }

    /// Ends it at once and waits until it is gone.
    package func killAndWait() {
        signal(SIGKILL)
        _ = wait(seconds: 30)
    }
}

/// How a process ended and what it used.
package struct ChildExit: Sendable, Equatable {
    /// The exit code; `nil` when a signal ended the process.
    package let code: Int32?
    /// The signal that ended it; `nil` when it exited by itself.
    package let signal: Int32?
    package let cpuSeconds: Double
    package let residentBytesMax: Int

    init(status: Int32, usage: rusage) {
        let number = status & 0x7f
        code = number == 0 ? (status >> 8) & 0xff : nil
        signal = number == 0 ? nil : number
        cpuSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        residentBytesMax = usage.ru_maxrss * 1024
    }
}
