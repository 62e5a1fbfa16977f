import Model
import Positions
import Testing

@testable import Engine

/// A process "a" with two lanes in a flow of four slots, whose topic "t" has a partition in each.
private struct Process {
    var coordinator: Coordinator
    var now = Instant(nanoseconds: 0)

    static let slots = (0..<4 as Range<Int32>).map(Slot.init)

    init(knowing catalogue: Catalogue = catalogue(topics: ["t"])) {
        coordinator = Coordinator(
            laneCount: 2, sessionTimeoutMilliseconds: 10_000, ownIDs: ["a.0", "a.1"], sourceClusterID: "source",
            catalogue: catalogue)
    }

    mutating func tell(_ event: Coordinator.Event, after milliseconds: Int64 = 1) -> [Coordinator.Action] {
        now = now.advanced(milliseconds: milliseconds)
        return coordinator.handle(event, at: now)
    }

    /// Assigns slots and lets them be claimed.
    mutating func hold(_ slots: [Slot], owner: SlotOwner? = .released) throws {
        let job = try #require(tell(.assigned(slots)).reading)
        for claim in tell(.slotsRead(job: job, slots.map { contents($0, owner: owner) })).claims {
            _ = tell(.news(lane: claim.lane, .claimed(claim.slots)))
        }
        #expect(Set(coordinator.heldSlots).isSuperset(of: slots))
    }
}

private func catalogue(topics: [String], starts: [Int64] = [0, 0, 0, 0]) -> Catalogue {
    var catalogue = Catalogue()
    do throws(RecordFault) {
        // Of the first version, in which partition p lies in slot p.
        try catalogue.apply(
            key: Array(FlowRecord.key.utf8), value: Array(#"{"v":1,"slots":4,"cluster":"source","began":0}"#.utf8))
        for topic in topics {
            let record = TopicRecord(
                base: catalogue.nextBase, initialPartitions: starts.count, starts: starts, since: 7)
            try catalogue.apply(key: Array(TopicRecord.key(topic).utf8), value: record.encoded)
        }
    } catch {
        Issue.record("\(error)")
    }
    return catalogue
}

private func position(_ offset: Int64, cluster: String = "source") -> Position {
    Position(offset: offset, cluster: cluster, to: "t", reached: offset - 1, since: 7)
}

private func contents(_ slot: Slot, owner: SlotOwner? = .released, at offset: Int64 = 40, mark: Int64 = 9)
    -> SlotContents
{
    var contents = SlotContents(slot: slot, mark: mark)
    contents.owner = owner
    contents.positions[TopicPartition("t", slot.number)] = position(offset)
    return contents
}

extension [Coordinator.Action] {
    fileprivate var reading: Int? {
        compactMap { if case .readSlots(let job, _, _) = $0 { job } else { nil } }.first
    }

    fileprivate var claims: [(lane: Int, slots: [Slot], starts: [LaneStart])] {
        compactMap { action in
            guard case .order(let lane, .claim(let claims)) = action else { return nil }
            return (lane, claims.map(\.slot), claims.flatMap(\.starts))
        }
    }

    fileprivate func reads(_ slots: [Slot], _ mode: Coordinator.ReadingMode) -> Bool {
        contains { if case .readSlots(_, slots, mode) = $0 { true } else { false } }
    }

    fileprivate var stopped: [TopicPartition] {
        compactMap { if case .partitionStopped(let source, _) = $0 { source } else { nil } }
    }
}

@Suite struct CoordinatorTests {
    private let slots = Process.slots

    // MARK: The ordinary way

    @Test func `an assigned slot is read, then claimed exactly at the mark, then held`() throws {
        var process = Process()
        let actions = process.tell(.assigned([slots[2]]))
        #expect(actions == [.readSlots(job: 1, [slots[2]], .takeOver)])
        #expect(process.coordinator.ownPartitions == 1, "what comes in a moment counts")
        let claim = SlotClaim(
            slot: slots[2], mark: 9,
            starts: [LaneStart(source: TopicPartition("t", 2), slot: slots[2], position: position(40))])
        #expect(
            process.tell(.slotsRead(job: 1, [contents(slots[2])])) == [.order(lane: 0, .claim([claim]))])
        #expect(process.coordinator.heldSlots.isEmpty)
        #expect(process.tell(.news(lane: 0, .claimed([slots[2]]))).isEmpty)
        #expect(process.coordinator.heldSlots == [slots[2]])
        #expect(process.coordinator.isSettled)
        #expect(process.coordinator.ownPartitions == 1)
        _ = process.tell(.revoked([slots[2]], isLost: false))
        #expect(process.coordinator.ownPartitions == 0, "though its lane has not put it down yet")
    }

    @Test func `slots are spread over the lanes`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned(slots)).reading)
        let claims = process.tell(.slotsRead(job: job, slots.map { contents($0) })).claims
        #expect(claims.map(\.lane) == [0, 1])
        #expect(claims.map(\.slots.count) == [2, 2])
    }

    @Test func `whoever holds slot 0 is the steward, with the lane that holds it`() throws {
        var process = Process()
        try process.hold([slots[1]])
        #expect(process.coordinator.stewardLane == nil)
        try process.hold([slots[0]])
        #expect(process.coordinator.stewardLane == 1)
    }

    // MARK: Revocations and what they meet

    @Test func `a slot revoked while it is read is answered only when the reading has ended`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        #expect(process.tell(.revoked([slots[0]], isLost: false)) == [.cancelReading(job: job)])
        #expect(
            process.tell(.slotsUnread(job: job, reason: "cancelled")) == [.answerRevoke([slots[0]])])
        #expect(process.coordinator.slots.isEmpty)
    }

    @Test func `a reading that ended just before its cancellation claims nothing`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        _ = process.tell(.revoked([slots[0]], isLost: false))
        #expect(
            process.tell(.slotsRead(job: job, [contents(slots[0])])) == [.answerRevoke([slots[0]])])
    }

    @Test func `what else was read with a revoked slot is read again`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0], slots[1]])).reading)
        _ = process.tell(.revoked([slots[0]], isLost: false))
        let actions = process.tell(.slotsUnread(job: job, reason: "cancelled"))
        #expect(actions.reads([slots[1]], .takeOver))
        #expect(actions.contains(.answerRevoke([slots[0]])))
    }

    @Test func `a slot revoked while it is claimed goes back through its lane, and late news change nothing`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        _ = process.tell(.slotsRead(job: job, [contents(slots[0])]))
        let actions = process.tell(.revoked([slots[0]], isLost: false))
        let deadline = process.now.advanced(milliseconds: Coordinator.releaseMilliseconds)
        #expect(actions == [.order(lane: 0, .release([slots[0]], deadline: deadline))])
        #expect(process.tell(.news(lane: 0, .claimed([slots[0]]))).isEmpty)
        #expect(process.coordinator.heldSlots.isEmpty)
        #expect(process.tell(.news(lane: 0, .released([slots[0]]))) == [.answerRevoke([slots[0]])])
        _ = process.tell(.news(lane: 0, .unsure([slots[0]], reason: "late")))
        #expect(process.coordinator.slots.isEmpty)
    }

    @Test func `a lost slot is dropped before the group is answered`() throws {
        var process = Process()
        try process.hold([slots[0], slots[1]])
        let actions = process.tell(.revoked([slots[0], slots[1]], isLost: true))
        #expect(actions == [.order(lane: 0, .drop([slots[0]])), .order(lane: 1, .drop([slots[1]]))])
        #expect(process.tell(.news(lane: 0, .dropped([slots[0]]))).isEmpty)
        #expect(
            process.tell(.news(lane: 1, .dropped([slots[1]]))) == [.answerRevoke([slots[0], slots[1]])])
    }

    @Test func `a slot that rests is given back at once`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        _ = process.tell(.slotsUnread(job: job, reason: "no answer"))
        #expect(process.tell(.revoked([slots[0]], isLost: false)) == [.answerRevoke([slots[0]])])
        #expect(process.tell(.tick, after: 60_000).isEmpty)
    }

    // MARK: Doubt

    @Test func `a lane that is no longer sure of a slot looks a second time, without fencing`() throws {
        var process = Process()
        try process.hold([slots[0]])
        let actions = process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced")))
        #expect(actions.reads([slots[0]], .secondLook))
        #expect(process.coordinator.heldSlots.isEmpty)
    }

    @Test func `a slot that a second look finds in other hands is left alone for one session time-out`() throws {
        var process = Process()
        try process.hold([slots[0]])
        let job = try #require(process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced"))).reading)
        let foreign = contents(slots[0], owner: .claimed(transactionalID: "b.0"))
        #expect(process.tell(.slotsRead(job: job, [foreign])).isEmpty)
        #expect(process.tell(.tick, after: 9_999).isEmpty)
        #expect(process.tell(.tick, after: 1).reads([slots[0]], .takeOver))
    }

    @Test func `a second look that finds the process's own lane as owner claims again`() throws {
        var process = Process()
        try process.hold([slots[0]])
        let job = try #require(process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced"))).reading)
        let own = contents(slots[0], owner: .claimed(transactionalID: "a.1"), at: 55)
        #expect(process.tell(.slotsRead(job: job, [own])).claims.first?.starts.first?.position.offset == 55)
    }

    @Test func `a second look that failed stays a second look`() throws {
        var process = Process()
        try process.hold([slots[0]])
        let job = try #require(process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced"))).reading)
        #expect(process.tell(.slotsUnread(job: job, reason: "no answer")).isEmpty)
        #expect(process.tell(.tick, after: 5_000).reads([slots[0]], .secondLook))
    }

    @Test func `a claim that never began is taken over as at first, since its owner of before is no rival`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        let dead = contents(slots[0], owner: .claimed(transactionalID: "b.0"))
        _ = process.tell(.slotsRead(job: job, [dead]))
        #expect(process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced"))).reads([slots[0]], .takeOver))
    }

    @Test func `a contested claim is read again, each time after a longer rest`() throws {
        var process = Process()
        var job = try #require(process.tell(.assigned([slots[0]])).reading)
        for rest in [100, 200, 400, 800, 1_600, 3_000, 3_000] as [Int64] {
            #expect(process.tell(.slotsRead(job: job, [contents(slots[0])])).claims.count == 1)
            _ = process.tell(.news(lane: 0, .notClaimed([slots[0]], reason: "contested")))
            #expect(process.tell(.tick, after: rest - 1).isEmpty)
            job = try #require(process.tell(.tick, after: 1).reading)
        }
        #expect(process.tell(.slotsRead(job: job, [contents(slots[0])])).claims.count == 1)
        _ = process.tell(.news(lane: 0, .claimed([slots[0]])))
        _ = process.tell(.news(lane: 0, .unsure([slots[0]], reason: "fenced")))
        #expect(process.coordinator.failuresInARow == 0)
    }

    @Test func `a claim that fails after a new assignment rests no longer for failures of before`() throws {
        var process = Process()
        var job = try #require(process.tell(.assigned([slots[0]])).reading)
        for _ in 0..<5 {
            _ = process.tell(.slotsRead(job: job, [contents(slots[0])]))
            _ = process.tell(.news(lane: 0, .notClaimed([slots[0]], reason: "the group moves")))
            job = try #require(process.tell(.tick, after: 3_000).reading)
        }
        job = try #require(process.tell(.assigned([slots[1]])).reading)
        _ = process.tell(.slotsRead(job: job, [contents(slots[1])]))
        _ = process.tell(.news(lane: 1, .notClaimed([slots[1]], reason: "fenced")))
        _ = process.tell(.news(lane: 0, .notClaimed([slots[1]], reason: "fenced")))
        #expect(process.tell(.tick, after: 100).reads([slots[1]], .takeOver))
    }

    @Test func `news of a lane about a slot that another lane has by now change nothing`() throws {
        var process = Process()
        try process.hold([slots[0]])
        #expect(process.tell(.news(lane: 1, .unsure([slots[0]], reason: "late"))).reading == nil)
        _ = process.tell(.news(lane: 1, .notClaimed([slots[0]], reason: "late")))
        #expect(process.coordinator.heldSlots == [slots[0]])
    }

    // MARK: The catalogue

    @Test func `a partition that is registered in a held slot begins where the catalogue says`() throws {
        var process = Process()
        try process.hold(slots)
        let actions = process.tell(.catalogue(catalogue(topics: ["t", "u"], starts: [3, 4, 5, 6])))
        let adopted = actions.flatMap { action -> [LaneStart] in
            guard case .order(_, .adopt(let starts)) = action else { return [] }
            return starts
        }
        #expect(adopted.map(\.source).sorted() == (0..<4).map { TopicPartition("u", $0) })
        #expect(adopted.map(\.position.offset).sorted() == [3, 4, 5, 6])
        #expect(process.tell(.catalogue(catalogue(topics: ["t", "u"], starts: [3, 4, 5, 6]))).isEmpty)
    }

    @Test func `a slot that knows more than the process's catalogue goes on where it was`() throws {
        var process = Process(knowing: catalogue(topics: []))
        let job = try #require(process.tell(.assigned([slots[1]])).reading)
        let actions = process.tell(.slotsRead(job: job, [contents(slots[1], at: 77)]))
        #expect(actions.claims.first?.starts.isEmpty == true)
        _ = process.tell(.news(lane: 0, .claimed([slots[1]])))
        let start = LaneStart(source: TopicPartition("t", 1), slot: slots[1], position: position(77))
        #expect(
            process.tell(.catalogue(catalogue(topics: ["t"]))) == [.order(lane: 0, .adopt([start]))])
    }

    @Test func `a registered partition without a position stops`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[1]])).reading)
        let actions = process.tell(.slotsRead(job: job, [SlotContents(slot: slots[1], mark: 3)]))
        #expect(actions.stopped == [TopicPartition("t", 1)])
        #expect(actions.claims.first?.slots == [slots[1]])
        #expect(process.tell(.news(lane: 0, .claimed([slots[1]]))).isEmpty)
    }

    @Test func `a position of another source cluster stops its partition`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[1]])).reading)
        var foreign = contents(slots[1])
        foreign.positions[TopicPartition("t", 1)] = position(5, cluster: "elsewhere")
        let actions = process.tell(.slotsRead(job: job, [foreign]))
        #expect(actions.stopped == [TopicPartition("t", 1)])
        #expect(actions.claims.first?.starts.isEmpty == true)
    }

    @Test func `a position that cannot be read stops its partition and no other`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[1], slots[2]])).reading)
        var broken = SlotContents(slot: slots[1], mark: 3)
        broken.apply(key: Array("t/1".utf8), value: Array("{".utf8))
        let actions = process.tell(.slotsRead(job: job, [broken, contents(slots[2])]))
        #expect(actions.stopped == [TopicPartition("t", 1)])
        #expect(actions.claims.flatMap(\.starts).map(\.source) == [TopicPartition("t", 2)])
    }

    // MARK: Requests to set positions

    private func asking(_ request: SeekRecord?, _ number: Int32) throws -> Catalogue {
        var asking = catalogue(topics: ["t"])
        if let request { try asking.apply(key: SeekRecord.key(TopicPartition("t", number)), value: request.encoded) }
        return asking
    }

    private func order(_ request: SeekRecord, _ number: Int32) -> SeekOrder {
        SeekOrder(source: TopicPartition("t", number), slot: Slot(number), request: request, found: nil)
    }

    @Test func `the lane that holds the slot is told of a request once, and again when it is taken back`() throws {
        var process = Process()
        try process.hold([slots[0], slots[1]])
        let request = SeekRecord(id: "r1", from: 40, to: 50)
        let actions = process.tell(.catalogue(try asking(request, 1)))
        #expect(actions == [.order(lane: 1, .seek([order(request, 1)]))])
        #expect(process.tell(.catalogue(try asking(request, 1))).isEmpty)
        #expect(process.tell(.tick).isEmpty)
        #expect(process.tell(.catalogue(try asking(nil, 1))) == [.order(lane: 1, .seek([]))])
    }

    @Test func `a request waits for its slot, and follows it`() throws {
        let request = SeekRecord(id: "r1", from: 40, to: 50)
        var process = Process(knowing: try asking(request, 1))
        try process.hold([slots[0]])
        let job = try #require(process.tell(.assigned([slots[1]])).reading)
        let claim = try #require(process.tell(.slotsRead(job: job, [contents(slots[1])])).claims.first)
        let told = process.tell(.news(lane: claim.lane, .claimed([slots[1]])))
        #expect(told == [.order(lane: claim.lane, .seek([order(request, 1)]))])
        let unsure = process.tell(.news(lane: claim.lane, .unsure([slots[1]], reason: "fenced")))
        #expect(unsure.contains(.order(lane: claim.lane, .seek([]))))
        let again = try #require(process.tell(.slotsRead(job: job + 1, [contents(slots[1])])).claims.first)
        let toldAgain = process.tell(.news(lane: again.lane, .claimed([slots[1]])))
        #expect(toldAgain == [.order(lane: again.lane, .seek([order(request, 1)]))])
    }

    @Test(arguments: [.applied, .refused(reason: "it runs")] as [SeekRecord.State])
    func `an answer is told to nobody`(state: SeekRecord.State) throws {
        var process = Process()
        try process.hold(slots)
        let answer = SeekRecord(id: "r1", from: 40, to: 50, state: state)
        #expect(process.tell(.catalogue(try asking(answer, 1))).isEmpty)
    }

    @Test func `a request for a position that is lost or of another cluster says with what to begin`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[1], slots[2]])).reading)
        var foreign = contents(slots[2])
        foreign.positions[TopicPartition("t", 2)] = position(5, cluster: "elsewhere")
        let lost = SlotContents(slot: slots[1], mark: 3)
        for claim in process.tell(.slotsRead(job: job, [lost, foreign])).claims {
            _ = process.tell(.news(lane: claim.lane, .claimed(claim.slots)))
        }
        func begins(_ number: Int32, reached: Int64) -> LaneStart {
            let position = Position(offset: 50, cluster: "source", to: "t", reached: reached, since: 7, seek: "r1")
            return LaneStart(source: TopicPartition("t", number), slot: Slot(number), position: position)
        }
        for (number, found) in [(1, nil), (2, 5)] as [(Int32, Int64?)] {
            let request = SeekRecord(id: "r1", from: found, to: 50)
            let told = process.tell(.catalogue(try asking(request, number))).compactMap { action -> SeekOrder? in
                guard case .order(_, .seek(let orders)) = action else { return nil }
                return orders.first
            }
            let begin = begins(number, reached: found.map { $0 - 1 } ?? -1)
            #expect(
                told == [
                    SeekOrder(
                        source: begin.source, slot: begin.slot, request: request,
                        found: SeekOrder.Found(offset: found, start: begin))
                ])
        }
        // Once it has begun, the lane has it.
        let answer = SeekRecord(id: "r1", from: nil, to: 50, state: .applied)
        #expect(
            process.tell(.news(lane: 0, .sought(TopicPartition("t", 1), answer)))
                == [.sought(TopicPartition("t", 1), answer)])
        #expect(process.coordinator.unusable.keys.sorted() == [TopicPartition("t", 2)])
    }

    // MARK: The end

    @Test func `stopping with nothing held is over at once`() {
        var process = Process()
        #expect(process.tell(.stop) == [.leaveGroup, .finished])
    }

    @Test func `stopping with slots held is over when the last of them is given back`() throws {
        var process = Process()
        try process.hold([slots[0], slots[1]])
        #expect(process.tell(.stop) == [.leaveGroup])
        _ = process.tell(.revoked([slots[0], slots[1]], isLost: false))
        #expect(process.tell(.news(lane: 0, .released([slots[0]]))).isEmpty)
        #expect(
            process.tell(.news(lane: 1, .released([slots[1]])))
                == [.answerRevoke([slots[0], slots[1]]), .finished])
    }

    @Test func `stopping while a slot is read is over when the reading has ended`() throws {
        var process = Process()
        let job = try #require(process.tell(.assigned([slots[0]])).reading)
        #expect(process.tell(.stop) == [.leaveGroup])
        #expect(process.tell(.revoked([slots[0]], isLost: false)) == [.cancelReading(job: job)])
        #expect(
            process.tell(.slotsUnread(job: job, reason: "cancelled")) == [.answerRevoke([slots[0]]), .finished])
    }

    // MARK: Several lanes and the destination's brokers

    /// The partitions 0 and 1 on two brokers, 2 and 3 on two others: lane 0 is for the first, lane 1 for the rest.
    private var twoSets: ReplicaSets {
        var sets = ReplicaSets()
        for number in 0..<4 as Range<Int32> {
            sets.note(TopicPartition("t", number), on: number < 2 ? [1, 2] : [4, 3])
        }
        return sets
    }

    @Test func `slots move to the lane of their replicas, by way of a release, and stay there`() throws {
        var process = Process()
        try process.hold(slots)  // In lanes 0, 1, 0, 1.
        let actions = process.tell(.replicaSets(twoSets))
        let deadline = process.now.advanced(milliseconds: Coordinator.releaseMilliseconds)
        #expect(
            actions == [
                .order(lane: 0, .release([slots[2]], deadline: deadline)),
                .order(lane: 1, .release([slots[1]], deadline: deadline)),
            ])
        #expect(process.coordinator.heldSlots == [slots[0], slots[3]])
        for (slot, from, to) in [(slots[2], 0, 1), (slots[1], 1, 0)] {
            let job = try #require(process.tell(.news(lane: from, .released([slot]))).reading)
            let claim = try #require(process.tell(.slotsRead(job: job, [contents(slot)])).claims.first)
            #expect(claim.lane == to)
            #expect(claim.starts.map(\.source) == [TopicPartition("t", slot.number)])
            #expect(process.tell(.news(lane: to, .claimed([slot]))).isEmpty)
        }
        #expect(process.coordinator.isSettled)
        #expect(process.tell(.replicaSets(twoSets)).isEmpty)
    }

    @Test func `slots that come when the replicas are known go to their lanes at once`() throws {
        var process = Process()
        #expect(process.tell(.replicaSets(twoSets)).isEmpty)
        let job = try #require(process.tell(.assigned(slots)).reading)
        let claims = process.tell(.slotsRead(job: job, slots.map { contents($0) })).claims
        #expect(claims.map(\.slots) == [[slots[0], slots[1]], [slots[2], slots[3]]])
    }

    @Test func `where all partitions are on the same brokers the lanes share them as before`() throws {
        var process = Process()
        try process.hold(slots)
        var sets = ReplicaSets()
        for number in 0..<4 as Range<Int32> {
            sets.note(TopicPartition("t", number), on: number < 2 ? [1, 2, 3] : [3, 1, 2])
        }
        #expect(process.tell(.replicaSets(sets)).isEmpty)
        #expect(process.coordinator.heldSlots == slots)
    }

    @Test func `a slot that is revoked while it moves is released once, and the group is answered then`() throws {
        var process = Process()
        try process.hold(slots)
        _ = process.tell(.replicaSets(twoSets))
        #expect(process.tell(.revoked([slots[1]], isLost: false)).isEmpty)
        #expect(process.tell(.news(lane: 1, .released([slots[1]]))) == [.answerRevoke([slots[1]])])
        #expect(process.coordinator.slots[slots[1]] == nil)
    }

    @Test func `a slot that is lost while it moves is taken back by its lane before the group is answered`() throws {
        var process = Process()
        try process.hold(slots)
        _ = process.tell(.replicaSets(twoSets))
        #expect(process.tell(.revoked([slots[1]], isLost: true)) == [.order(lane: 1, .drop([slots[1]]))])
        #expect(process.tell(.news(lane: 1, .dropped([slots[1]]))) == [.answerRevoke([slots[1]])])
    }
}
