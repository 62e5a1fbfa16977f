import Model

/// Finding the partition for whose sake a lane's transactions fail. With exactly-once all partitions share one, and
/// the broker refuses it as a whole (a topic is gone, a right is missing) without saying whom it means. After some
/// failures in a row all partitions stop, and come back one at a time: the one with which it fails again is the one.
///
/// It remembers partitions by name, since such a failure may cost the lane its producer, and with it its slots for a
/// moment.
struct Probation {
    fileprivate var isIsolating = false
    fileprivate var failuresInARow = 0
    /// Partitions that wait for their trial, in order.
    fileprivate var waiting: [TopicPartition] = []
    fileprivate var onTrial: (source: TopicPartition, since: Instant)?
    /// Partitions that were set aside, and until when.
    fileprivate var resting: [TopicPartition: Instant] = [:]

    /// Partitions that were refused for a missing right and have not moved since: how often in a row.
    var refusals: [TopicPartition: Int] = [:]

    static let failuresMax = 3
    /// A partition without records is acquitted after this time.
    static let trialMilliseconds: Int64 = 1_000

    /// A transaction was committed with records of this partition.
    mutating func acquit(_ source: TopicPartition) {
        failuresInARow = 0
        if onTrial?.source == source { onTrial = nil }
    }

    mutating func forget(_ source: TopicPartition) {
        waiting.removeAll { $0 == source }
        if onTrial?.source == source { onTrial = nil }
    }

    mutating func rest(_ source: TopicPartition, until: Instant) {
        resting[source] = until
    }

    /// Makes a partition wait for its trial.
    mutating func enqueue(_ source: TopicPartition) {
        isIsolating = true
        resting[source] = nil
        waiting.append(source)
    }

    /// How a partition begins that the lane takes; `nil`: it is read at once.
    mutating func firstState(of source: TopicPartition, at now: Instant) -> LanePartition.State? {
        if let until = resting[source], until > now { return .waiting(until: until) }
        guard isIsolating else { return nil }
        enqueue(source)
        return .waiting(until: nil)
    }
}

extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// A transaction failed through the fault of one of its partitions.
    mutating func suspect(_ fault: DestinationFault, at now: Instant) {
        if let trial = probation.onTrial {
            probation.onTrial = nil
            convict(trial.source, fault, at: now)
            return
        }
        probation.failuresInARow += 1
        guard probation.failuresInARow >= Probation.failuresMax else { return }
        probation.failuresInARow = 0
        let reading = partitions.indexes.filter { partitions[$0].state.isReading }
        if reading.count == 1 {
            convict(partitions[reading[0]].source, fault, at: now)
            return
        }
        for index in reading {
            partitions[index].state = .waiting(until: nil)
            unread(index)
            probation.enqueue(partitions[index].source)
        }
    }

    private mutating func convict(_ source: TopicPartition, _ fault: DestinationFault, at now: Instant) {
        guard let index = index(of: source) else { return }
        if fault.blame == .someRefusedPartition {
            refuse(index, reason: "the destination refuses it: \(fault.reason)", at: now)
            if case .refused(_, let until) = partitions[index].state { probation.rest(source, until: until) }
        } else {
            setAside(index, reason: fault.reason, at: now)
        }
    }

    /// Ends a trial that nothing came of, and begins the next.
    mutating func attendProbation(at now: Instant) {
        // A lane that has just lost its slots gets them back with everybody waiting for a trial.
        guard probation.isIsolating, !partitions.indexes.isEmpty else { return }
        if let trial = probation.onTrial, let index = index(of: trial.source) {
            let isQuiet = partitions[index].window.outstanding == 0 && !partitions[index].isDirty
            guard isQuiet, now.milliseconds(since: trial.since) >= Probation.trialMilliseconds else { return }
        }
        probation.onTrial = nil
        guard !probation.waiting.isEmpty else {
            probation.isIsolating = false
            return
        }
        let source = probation.waiting.removeFirst()
        guard let index = index(of: source) else { return }
        probation.onTrial = (source, now)
        resume(index, at: now)
    }

    private func index(of source: TopicPartition) -> Int32? {
        partitions.indexes.first { partitions[$0].source == source }
    }
}
