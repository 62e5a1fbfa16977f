import Foundation
import Shaping
import Synchronization

/// What the lanes of a process have found out about their own sanitizing, for whoever reports it and ends the flow.
package final class ProofBoard: Sendable {
    private let alarmed = Atomic<Bool>(false)
    private let state = Mutex(State())

    package struct State: Sendable {
        /// Times that a canary went through a sanitizer and nothing of it came out.
        package var shots = 0
        /// Times that it did not come out at all.
        package var unanswered = 0
        /// Milliseconds since 1970 of the last of them.
        package var lastShot: Int64?
        package var scanned = 0
        package var findings: [ProofFinding] = []
        /// By the number of the policy, added up over topics and lanes.
        package var counts: [Int: SanitizeCounts] = [:]
        fileprivate var ofLanes: [Int: [Int: SanitizeCounts]] = [:]
    }

    /// One is enough to end the flow; a few more tell how far it goes.
    private static let findingsMax = 20

    package init() {}

    /// Something was found: nothing is handed on any more.
    package var isAlarmed: Bool { alarmed.load(ordering: .acquiring) }

    package var now: State {
        state.withLock { state in
            var answer = state
            for counts in state.ofLanes.values {
                for (policy, counts) in counts {
                    answer.counts[policy] = answer.counts[policy].map { $0.adding(counts) } ?? counts
                }
            }
            return answer
        }
    }

    /// The number under which a lane tells its counts.
    func join() -> Int {
        state.withLock { state in
            let number = state.ofLanes.count
            state.ofLanes[number] = [:]
            return number
        }
    }

    func note(_ counts: [Int: SanitizeCounts], ofLane lane: Int) {
        state.withLock { $0.ofLanes[lane] = counts }
    }

    func noteShot(isAnswered: Bool) {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        state.withLock { state in
            state.shots += isAnswered ? 1 : 0
            state.unanswered += isAnswered ? 0 : 1
            state.lastShot = now
        }
    }

    func noteScan() { state.withLock { $0.scanned += 1 } }

    func raise(_ finding: ProofFinding) {
        state.withLock { state in
            if state.findings.count < Self.findingsMax { state.findings.append(finding) }
        }
        alarmed.store(true, ordering: .releasing)
    }
}
