import Model
import Testing

@testable import Engine

private let now = Instant(nanoseconds: 1_000_000_000)

/// Every state a phase can be in, made the way it comes about.
private enum Start: CaseIterable {
    case steady, draining, backingOff, backOffIsOver, stopped

    func phase(_ delivery: Delivery) -> LanePhase {
        var phase = LanePhase(settings(delivery))
        switch self {
        case .steady: break
        case .draining:
            let busy = LaneView(
                now: now, outstanding: 1, uncommittedSince: nil, hasErrand: true, errandNeedsQuiet: true)
            #expect(phase.next(busy) == .drain)
        case .backingOff: phase.failed(at: now)
        case .backOffIsOver: phase.failed(at: now.advanced(milliseconds: -10_000))
        case .stopped: phase.stop()
        }
        return phase
    }
}

private func settings(_ delivery: Delivery, transactionBytesMax: Int = 500) -> LaneSettings {
    LaneSettings(
        number: 0, delivery: delivery, transactionalID: "a.0", commitIntervalMilliseconds: 200,
        budget: Budget(recordsMax: 10, bytesMax: 1_000, transactionBytesMax: transactionBytesMax))
}

private struct Case {
    let delivery: Delivery
    let start: Start
    let view: LaneView
    let action: LaneAction
    let after: LanePhase.State
}

/// Every state with every kind of view.
private let cases: [Case] = {
    var cases: [Case] = []
    for delivery in Delivery.allCases {
        for start in Start.allCases {
            for outstanding in [0, 3] {
                for age in [nil, 0, 199, 200, 1_000] as [Int64?] {
                    for bytes in [0, 499, 500] {
                        for errand in [nil, false, true] as [Bool?] {
                            for deadline in [nil, -1, 0, 1_000] as [Int64?] where errand == true || deadline == nil {
                                let view = LaneView(
                                    now: now, outstanding: outstanding,
                                    uncommittedSince: age.map { now.advanced(milliseconds: -$0) },
                                    uncommittedBytes: bytes, hasErrand: errand != nil,
                                    errandNeedsQuiet: errand == true,
                                    errandDeadline: deadline.map { now.advanced(milliseconds: $0) })
                                var phase = start.phase(delivery)
                                let action = phase.next(view)
                                cases.append(
                                    Case(
                                        delivery: delivery, start: start, view: view, action: action,
                                        after: phase.state))
                            }
                        }
                    }
                }
            }
        }
    }
    return cases
}()

@Suite struct LanePhaseTests {
    @Test func `with exactly-once nothing is committed while a read is outstanding`() {
        for each in cases where each.delivery == .exactlyOnce && each.view.outstanding > 0 {
            #expect(each.action != .commit && each.action != .serveErrand, "\(each)")
        }
    }

    @Test func `slots are given back only when everything is acknowledged and committed`() {
        for each in cases where each.view.errandNeedsQuiet && each.action == .serveErrand {
            #expect(each.view.outstanding == 0 && each.view.uncommittedSince == nil, "\(each)")
        }
    }

    @Test func `an errand that needs no quiet is served at once, at least once`() {
        for each in cases
        where each.delivery == .atLeastOnce && each.start == .steady && each.view.hasErrand
            && !each.view.errandNeedsQuiet
        {
            #expect(each.action == .serveErrand, "\(each)")
        }
    }

    @Test func `an errand is never passed over for more reading`() {
        for each in cases where each.view.hasErrand {
            if case .move = each.action { Issue.record("\(each)") }
        }
    }

    @Test func `a commit is due by age, and with exactly-once by size`() {
        for each in cases where each.start == .steady && !each.view.hasErrand {
            let isOld = each.view.uncommittedSince.map { now.milliseconds(since: $0) >= 200 } ?? false
            let isLarge =
                each.delivery == .exactlyOnce && each.view.uncommittedBytes >= 500
                && each.view.uncommittedSince != nil
            let isBusy = each.delivery == .exactlyOnce && each.view.outstanding > 0
            switch each.action {
            case .move: #expect(!isOld && !isLarge, "\(each)")
            case .commit: #expect((isOld || isLarge) && !isBusy, "\(each)")
            case .drain: #expect((isOld || isLarge) && isBusy, "\(each)")
            default: Issue.record("\(each)")
            }
        }
    }

    @Test func `nothing but rest happens until the back-off is over, save for a release whose time is up`() {
        for each in cases where each.start == .backingOff {
            let isOver = each.view.errandDeadline.map { now >= $0 } == true
            #expect(each.action == (isOver ? .abandonErrand : .rest), "\(each)")
        }
    }

    @Test func `after the back-off a lane does what a steady one does`() {
        let steady = cases.filter { $0.start == .steady }
        let rested = cases.filter { $0.start == .backOffIsOver }
        for (one, other) in zip(steady, rested) {
            #expect(one.action == other.action && one.after == other.after, "\(other)")
        }
    }

    @Test func `a release is abandoned when its time is up and reads are still outstanding`() {
        for each in cases where each.start == .draining && each.view.outstanding > 0 {
            let isOver = each.view.errandDeadline.map { now >= $0 } == true
            #expect(each.action == (isOver ? .abandonErrand : .drain), "\(each)")
        }
    }

    @Test func `draining ends when nothing is outstanding`() {
        for each in cases where each.start == .draining && each.view.outstanding == 0 {
            #expect(each.after == .steady, "\(each)")
            #expect(each.action == .commit || each.action == .serveErrand, "\(each)")
        }
    }

    @Test func `a stopped lane stays stopped`() {
        for each in cases where each.start == .stopped { #expect(each.action == .halt && each.after == .stopped) }
    }

    @Test func `waiting for the source never outlasts the commit that is due`() {
        for each in cases {
            guard case .move(let wait) = each.action else { continue }
            #expect(wait > 0)
            if each.view.outstanding > 0 { #expect(wait <= 10) }
            if let since = each.view.uncommittedSince {
                #expect(Int64(wait) <= max(1, 200 - now.milliseconds(since: since)) || wait <= 10, "\(each)")
            }
        }
    }

    @Test(arguments: Delivery.allCases)
    func `commits that take long make the next ones rarer, up to a limit`(delivery: Delivery) {
        /// Milliseconds until the next commit is due, after commits that took so long.
        func interval(afterCommitsOf times: [Int64], withBytes bytes: Int = 0) -> Int64? {
            var phase = LanePhase(settings(delivery, transactionBytesMax: 5_000))
            var end = now
            for milliseconds in times {
                let since = end.advanced(milliseconds: -10_000)
                #expect(phase.next(LaneView(now: end, uncommittedSince: since)) == .commit)
                phase.committed()
                end = end.advanced(milliseconds: milliseconds)
                _ = phase.next(LaneView(now: end))
            }
            return (0...10_000).first { age in
                var later = phase
                _ = later.next(LaneView(now: end))
                let view = LaneView(
                    now: end.advanced(milliseconds: age), uncommittedSince: end, uncommittedBytes: bytes)
                return later.next(view) == .commit
            }
        }
        func interval(afterCommitOf milliseconds: Int64, withBytes bytes: Int = 0) -> Int64? {
            interval(afterCommitsOf: [milliseconds, milliseconds, milliseconds], withBytes: bytes)
        }
        #expect(interval(afterCommitOf: 0) == 200)
        #expect(interval(afterCommitOf: 50) == 200)
        #expect(interval(afterCommitOf: 100) == 400)
        #expect(interval(afterCommitOf: 300) == 1_200)
        #expect(interval(afterCommitOf: 60_000) == 2_000)
        // With exactly-once nothing moves meanwhile: a lane with more than it may hold at a time has better things to do.
        let isExactlyOnce = delivery == .exactlyOnce
        #expect(interval(afterCommitOf: 1_500, withBytes: 999) == 2_000)
        #expect(interval(afterCommitOf: 1_500, withBytes: 1_000) == (isExactlyOnce ? 6_000 : 2_000))
        #expect(interval(afterCommitOf: 60_000, withBytes: 1_000) == (isExactlyOnce ? 10_000 : 2_000))
        #expect(interval(afterCommitOf: 0, withBytes: 1_000) == 200)
        // One or two that waited for a dead broker say nothing about the next.
        #expect(interval(afterCommitsOf: [100, 7_000, 7_000], withBytes: 1_000) == 400)
        #expect(interval(afterCommitsOf: [7_000, 7_000]) == 200)
    }

    @Test func `back-off doubles up to two seconds, and a commit or something learned ends the row`() {
        var phase = LanePhase(settings(.exactlyOnce))
        var rests: [Int64] = []
        func restAfterFailure() -> Int64? {
            phase.failed(at: now)
            guard case .backingOff(let until) = phase.state else { return nil }
            return until.milliseconds(since: now)
        }
        for _ in 0..<8 { rests.append(restAfterFailure() ?? -1) }
        #expect(rests == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
        phase.committed()
        #expect(restAfterFailure() == 50)
        #expect(restAfterFailure() == 100)
        // As a batch does that was refused: the next one is smaller.
        phase.endRow()
        #expect(restAfterFailure() == 50)
    }

    @Test func `what is newly wanted ends the rest, and the next one is as long as it would have been`() {
        var phase = LanePhase(settings(.exactlyOnce))
        for _ in 0..<3 { phase.failed(at: now) }
        phase.endRest()
        #expect(phase.next(LaneView(now: now, hasErrand: true)) == .serveErrand)
        phase.failed(at: now)
        #expect(phase.state == .backingOff(until: now.advanced(milliseconds: 400)))
        phase.stop()
        phase.endRest()
        #expect(phase.state == .stopped)
    }

    @Test func `a transaction that timed out makes the next ones smaller, and commits let them grow again`() {
        var phase = LanePhase(settings(.exactlyOnce))
        phase.failed(at: now, isTimeout: true)
        #expect(phase.transactionBytesMax == 250)
        for _ in 0..<100 { phase.committed() }
        #expect(phase.transactionBytesMax == 500)
        for _ in 0..<50 { phase.failed(at: now, isTimeout: true) }
        #expect(phase.transactionBytesMax >= 1)
    }
}
