import Foundation
import Synchronization
import Verify

/// Looks once a second, on a thread of its own: what was sent and judged, and what the mirror used.
final class Sampler: Sendable {
    private let crew: MirrorCrew
    private let state: Mutex<State>
    private let origin: Int64

    private struct State {
        var loads: [StageLoad] = []
        var row = SampleRow()
        var isOver = false
    }

    /// - Parameter originNanoseconds: second 0.
    init(_ crew: MirrorCrew, originNanoseconds: Int64) {
        self.crew = crew
        origin = originNanoseconds
        state = Mutex(State())
    }

    func watch(_ load: StageLoad) { state.withLock { $0.loads.append(load) } }

    var samples: [Sample] { state.withLock { $0.row.samples } }

    func stop() { state.withLock { $0.isOver = true } }

    func start() {
        Thread { [self] in
            var second = 0
            while true {
                second += 1
                let due = origin + Int64(second) * 1_000_000_000
                let wait = Double(due - LoadClock.nowNanoseconds) / 1e9
                if wait > 0 { Thread.sleep(forTimeInterval: wait) }
                // Outside the lock: it reads files.
                let usage = crew.usage
                if state.withLock({ note(usage, at: second, in: &$0) }) { return }
            }
        }.start()
    }

    private func note(_ usage: MirrorCrew.Usage, at second: Int, in state: inout State) -> Bool {
        state.row.note(state.loads.map(\.sample), usage, at: second)
        return state.isOver
    }
}

/// The seconds of a trial, one behind the other, out of totals that only grow.
struct SampleRow {
    private(set) var samples: [Sample] = []
    private var lastSent: Int64 = 0
    private var lastReceived: Int64 = 0
    private var lastCPUSeconds = 0.0

    mutating func note(
        _ loads: [(sent: Int64, judge: JudgeProgress)], _ usage: MirrorCrew.Usage = .init(), at second: Int
    ) {
        let sent = loads.reduce(0) { $0 + $1.sent }
        let received = loads.reduce(0) { $0 + $1.judge.received }
        var sample = Sample(
            second: second, sent: sent - lastSent, received: received - lastReceived, processes: usage.processes)
        if sample.received > 0 {
            sample.p50Milliseconds = Double(loads.map(\.judge.p50Microseconds).max() ?? 0) / 1_000
            sample.p99Milliseconds = Double(loads.map(\.judge.p99Microseconds).max() ?? 0) / 1_000
        }
        if usage.processes > 0 {
            // A process that is about to end is counted again when it has: what it had used was seen before.
            sample.processorCores = max(0, usage.cpuSeconds - lastCPUSeconds)
            sample.memoryMebibytes = usage.residentMebibytes
            sample.connections = usage.connections
        }
        samples.append(sample)
        (lastSent, lastReceived, lastCPUSeconds) = (sent, received, max(lastCPUSeconds, usage.cpuSeconds))
    }
}
