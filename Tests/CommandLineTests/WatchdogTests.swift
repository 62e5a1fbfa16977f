import KafkaPorts
import Mirror
import Model
import Synchronization
import Testing

/// A call of a lane that does not come back.
struct WatchdogTests {
    /// Two lanes; one of them may be in a call on a thread of its own.
    private final class Stage: Sendable {
        let lanes = [LaneVitals(), LaneVitals()]
        let isOver = StopFlag()
        let barks = Mutex<[String]>([])
        let questions = Mutex(0)

        /// Has a lane begin a call that should have ended so long ago.
        func hang(lane: Int, lateByMilliseconds late: Int32) {
            let isIn = StopFlag()
            startThread("hanging") { [self] in
                lanes[lane].during(milliseconds: -late) {
                    isIn.raise()
                    while !isOver.isRaised { pause(milliseconds: 1) }
                }
            }
            while !isIn.isRaised { pause(milliseconds: 1) }
        }

        /// Looks once. What is expected is waited for, and then a moment for what is not.
        func look(
            coordinatorAnswers: Bool, questions wanted: Int = 1, barks expected: Int = 0,
            meanwhile: @escaping @Sendable () -> Void = {}
        ) {
            let watchdog = Watchdog(lanes: lanes) { [self] in
                meanwhile()
                questions.withLock { $0 += 1 }
                return coordinatorAnswers
            }
            watchdog.look { [self] fault in barks.withLock { $0.append(fault.description) } }
            for _ in 0..<2_000 where asked < wanted || told.count < expected { pause(milliseconds: 5) }
            pause(milliseconds: 100)
        }

        var told: [String] { barks.withLock { $0 } }
        var asked: Int { questions.withLock { $0 } }
    }

    @Test func `a call that is far over its deadline ends the process while the coordinator answers`() {
        let stage = Stage()
        defer { stage.isOver.raise() }
        stage.hang(lane: 1, lateByMilliseconds: 31_000)
        stage.look(coordinatorAnswers: true, barks: 1)
        #expect(stage.told.count == 1)
        #expect(stage.told.first?.contains("lane 1 is stuck in a call") == true)
    }

    @Test func `an outage is waited for, however long the call lasts`() {
        let stage = Stage()
        defer { stage.isOver.raise() }
        stage.hang(lane: 0, lateByMilliseconds: 600_000)
        stage.look(coordinatorAnswers: false)
        #expect(stage.asked == 1)
        #expect(stage.told == [])
    }

    @Test func `a call that is only late, or comes back while the coordinator is asked, is none`() {
        let late = Stage()
        defer { late.isOver.raise() }
        late.hang(lane: 0, lateByMilliseconds: 20_000)
        late.look(coordinatorAnswers: true, questions: 0)
        #expect(late.asked == 0)
        #expect(late.told == [])

        let back = Stage()
        back.hang(lane: 0, lateByMilliseconds: 31_000)
        back.look(coordinatorAnswers: true) {
            back.isOver.raise()
            while back.lanes[0].isOverdue(at: .now, byMilliseconds: 30_000) { pause(milliseconds: 1) }
        }
        #expect(back.asked == 1)
        #expect(back.told == [])
    }

    @Test func `a lane that is in no call is never asked about`() {
        let stage = Stage()
        stage.lanes[0].during(milliseconds: -60_000) {}
        stage.look(coordinatorAnswers: true, questions: 0)
        #expect(stage.asked == 0)
    }
}
