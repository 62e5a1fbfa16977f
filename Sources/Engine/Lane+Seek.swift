import Model
import Positions

/// A request to set a partition's position, for the lane that holds its slot.
package struct SeekOrder: Hashable, Sendable {
    /// A partition that no lane has, since what stands in its slot cannot be used.
    package struct Found: Hashable, Sendable {
        /// The offset that stands there; `nil`: none.
        package let offset: Int64?
        /// With what it would begin.
        package let start: LaneStart

        package init(offset: Int64?, start: LaneStart) {
            self.offset = offset
            self.start = start
        }
    }

    package let source: TopicPartition
    package let slot: Slot
    package let request: SeekRecord
    /// `nil`: the lane has the partition.
    package let found: Found?

    package init(source: TopicPartition, slot: Slot, request: SeekRecord, found: Found?) {
        self.source = source
        self.slot = slot
        self.request = request
        self.found = found
    }
}

/// Requests that a lane has not answered yet: one a partition of its slots at most.
struct LaneSeeks {
    fileprivate var orders: [SeekOrder] = []
    /// Neither looked at nor answered at each turn: where transactions fail, the lane would do nothing else.
    fileprivate var nextLookAt: Instant?

    fileprivate static let lookMilliseconds: Int64 = 100
    fileprivate static let tryMilliseconds: Int64 = 1_000

    mutating func forget(_ slots: Set<Slot>) {
        orders.removeAll { slots.contains($0.slot) }
    }
}

/// What becomes of a request. It is answered once: with `apply` the new position, the request's id and the answer stand
/// in one transaction under the fence, with `refuse` the same without the new offset. Whoever owns the slot next finds
/// the id in the position, whatever its copy of the control topic says.
private enum SeekVerdict {
    /// Not known yet whether the partition stops, or not at rest yet.
    case wait
    /// Answered before.
    case known
    case apply(SeekOrder, index: Int32?, Position)
    case refuse(SeekOrder, index: Int32?, Position?, reason: String)
}

extension Lane where Source: ~Copyable, Destination: ~Copyable {
    mutating func note(_ orders: [SeekOrder]) {
        seeks.orders = orders.filter { slots.contains($0.slot) }
    }

    /// Sends an errand when something can be answered.
    mutating func attendSeeks(at now: Instant) {
        guard !seeks.orders.isEmpty, !errands.contains(.answerSeeks) else { return }
        if let due = seeks.nextLookAt, now < due { return }
        let canAnswer = verdicts().contains { $0.answer != nil }
        seeks.nextLookAt = now.advanced(
            milliseconds: canAnswer ? LaneSeeks.tryMilliseconds : LaneSeeks.lookMilliseconds)
        if canAnswer { errands.append(.answerSeeks) }
    }

    private func verdicts() -> [SeekVerdict] {
        var table: [TopicPartition: Int32] = [:]
        for index in partitions.indexes { table[partitions[index].source] = index }
        return seeks.orders.map { order in
            table[order.source].map { verdict(on: order, of: $0) } ?? verdictOnUnusable(order)
        }
    }

    /// One transaction: the answers, and with them the positions. What fails stays open, and is tried again.
    mutating func answerSeeks(at now: Instant) throws(DestinationFault) {
        var transaction = LedgerTransaction()
        let verdicts = verdicts()
        for verdict in verdicts {
            guard let (order, answer, position) = verdict.answer else { continue }
            transaction.records.append(
                LedgerRecord(.control, key: SeekRecord.key(order.source), value: answer.encoded))
            if let position {
                transaction.records.append(
                    LedgerRecord(
                        .slot(order.slot), key: SlotKey.position(order.source).encoded, value: position.encoded))
            }
            transaction.fenced.insert(order.slot)
        }
        guard !transaction.fenced.isEmpty else { return }
        guard try destination.transact(transaction) == .committed else {
            throw DestinationFault(.abort, "answers without marks were contested")
        }
        let answered = Set(verdicts.compactMap { $0.answer?.order.source })
        seeks.orders.removeAll { answered.contains($0.source) }
        for verdict in verdicts {
            guard let (order, answer, _) = verdict.answer else { continue }
            post(.sought(order.source, answer))
            perform(verdict, at: now)
        }
        board.forceNext()
    }

    private func verdict(on order: SeekOrder, of index: Int32) -> SeekVerdict {
        let partition = partitions[index]
        let request = order.request
        guard partition.seek != request.id else { return .known }
        // What stands in the slot, and not what is acknowledged since: an answer moves nothing by itself.
        var position = partition.position
        position.offset = partition.committed
        position.mark = partition.committedMark
        position.seek = request.id
        switch partition.state {
        case .starting, .examining:
            return .wait
        case .stopped,
            .running where request.isAgain && settings.replaysAgain:
            guard partition.isAtRest else { return .wait }
            guard partition.state == .running || partition.committed == request.from else {
                return .refuse(order, index: index, position, reason: Self.elsewhere(partition.committed, request))
            }
            position.offset = request.to
            position.mark = nil
            return .apply(order, index: index, position)
        case .running, .waiting, .quarantining, .refused, .gone:
            return .refuse(order, index: index, position, reason: "it is not stopped, but \(partition.state)")
        }
    }

    private func verdictOnUnusable(_ order: SeekOrder) -> SeekVerdict {
        // A partition that is about to come, or to go.
        guard let found = order.found, slots.contains(order.slot) else { return .wait }
        guard found.offset == order.request.from else {
            return .refuse(order, index: nil, nil, reason: Self.elsewhere(found.offset, order.request))
        }
        return .apply(order, index: nil, found.start.position)
    }

    private static func elsewhere(_ found: Int64?, _ request: SeekRecord) -> String {
        func text(_ offset: Int64?) -> String { offset.map { "\($0)" } ?? "lost" }
        return "its position is \(text(found)), and was \(text(request.from)) when this was asked for"
    }

    /// What was answered is committed by now.
    private mutating func perform(_ verdict: SeekVerdict, at now: Instant) {
        switch verdict {
        case .wait, .known: break
        case .refuse(let order, let index, _, _):
            if let index { partitions[index].seek = order.request.id }
        case .apply(let order, let index?, _): goOn(index, with: order.request, at: now)
        case .apply(let order, nil, _):
            if let start = order.found?.start { take([start], at: now) }
        }
    }

    /// Reads a partition from where its position was set to, as if it had just been taken.
    private mutating func goOn(_ index: Int32, with request: SeekRecord, at now: Instant) {
        let source = partitions[index].source
        if partitions[index].state.isReading { unread(index) }
        partitions[index].jump(to: request.to)
        partitions[index].noteCommit(request.to, nil)
        partitions[index].seek = request.id
        partitions[index].quarantined = nil
        partitions[index].stopsFor = nil
        partitions[index].doubt = nil
        poison.forget(source)
        probation.refusals[source] = nil
        limitBatches(of: index)
        if let state = probation.firstState(of: source, at: now) {
            partitions[index].state = state
        } else {
            readOn(index)
        }
    }
}

extension SeekVerdict {
    /// What is written of it.
    fileprivate var answer: (order: SeekOrder, answer: SeekRecord, position: Position?)? {
        switch self {
        case .wait, .known:
            return nil
        case .apply(let order, _, let position):
            var answer = order.request
            answer.state = .applied
            return (order, answer, position)
        case .refuse(let order, _, let position, let reason):
            var answer = order.request
            answer.state = .refused(reason: reason)
            return (order, answer, position)
        }
    }
}
