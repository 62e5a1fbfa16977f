import Model
import Positions
import Records

extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// Starts mirroring partitions whose slots this lane holds.
    mutating func take(_ starts: [LaneStart], at now: Instant) {
        var assigned: [PartitionStart] = []
        for start in starts {
            let index = partitions.add(start)
            destination.open(index, to: TopicPartition(start.position.to, start.source.partition))
            limitBatches(of: index)
            if let state = probation.firstState(of: start.source, at: now) {
                partitions[index].state = state
                continue
            }
            assigned.append(
                PartitionStart(
                    index: index, partition: start.source, offset: start.position.offset,
                    mark: start.position.mark))
        }
        guard !assigned.isEmpty else { return }
        do throws(SourceFault) {
            try source.assign(assigned)
        } catch {
            for start in assigned { setStopped(start.index, reason: error.reason) }
        }
        board.forceNext()
    }

    /// Lets go of slots of which nothing is outstanding.
    mutating func putDown(_ dropped: Set<Slot>) {
        let indexes = partitions.indexes(in: dropped)
        let assigned = indexes.filter { partitions[$0].state.isReading }
        if !assigned.isEmpty {
            do throws(SourceFault) {
                try source.unassign(assigned)
            } catch {
                post(.trouble("the source would not let go of partitions: \(error.reason)"))
            }
        }
        // Events of these partitions are about nobody from here on.
        keep(source.takeEvents(), besides: indexes)
        for index in indexes {
            destination.close(index)
            probation.forget(partitions[index].source)
            poison.forget(partitions[index].source)
            partitions.remove(index)
        }
        slots.subtract(dropped)
        seeks.forget(dropped)
        board.forceNext()
    }

    /// Sets one partition aside; the others go on. Its position stays where it is acknowledged to.
    mutating func stopPartition(_ index: Int32, reason: String) {
        guard partitions[index].state.isReading else { return }
        unread(index)
        setStopped(index, reason: reason)
    }

    /// Of a partition that is not read any more.
    mutating func setStopped(_ index: Int32, reason: String) {
        partitions[index].state = .stopped(reason: reason)
        board.forceNext()
        post(.partitionStopped(partitions[index].source, reason: reason))
    }

    /// Has the source read a partition from where its reading stands.
    mutating func read(_ index: Int32) {
        let partition = partitions[index]
        let start = PartitionStart(
            index: index, partition: partition.source, offset: partition.window.readAt, mark: partition.mark)
        do throws(SourceFault) {
            try source.assign([start])
        } catch {
            setStopped(index, reason: error.reason)
        }
        board.forceNext()
    }

    /// Has the source read a partition no more.
    mutating func unread(_ index: Int32) {
        do throws(SourceFault) {
            try source.unassign([index])
        } catch {
            post(.trouble("the source would not let go of \(partitions[index].source): \(error.reason)"))
        }
        board.forceNext()
    }

    /// Doubts of partitions that stay are kept; their other events come again by themselves.
    private mutating func keep(_ events: [SourceEvent], besides gone: [Int32]) {
        for case .doubt(let index, let doubt) in events where !gone.contains(index) {
            keptEvents.append(.doubt(index: index, doubt))
        }
        keptEvents.removeAll { event in
            guard case .doubt(let index, _) = event else { return false }
            return gone.contains(index)
        }
    }

    /// A poll may bring reads of a partition that was set aside a moment before.
    mutating func discardStoppedReads() {
        let table = partitions
        hand.discard { read in !table[read.partition].state.isReading }
    }
}

extension LanePartition {
    /// Behind by more than this, a partition is not merely a commit interval late.
    private static let behindMax: Int64 = 10_000

    var isJudged: Bool {
        switch state {
        case .running, .stopped, .gone, .waiting, .refused, .quarantining: true
        case .starting, .examining: false
        }
    }

    func shownState(end: Int64?) -> String {
        guard state == .running || state == .starting, let end, end - committed > Self.behindMax,
            committed != origin.offset
        else { return state.description }
        return "catching up"
    }
}

extension LanePartition.State: CustomStringConvertible {
    var description: String {
        switch self {
        case .starting: "starting"
        case .running: "running"
        case .waiting: "waiting: the destination does not take its records"
        case .quarantining: "waiting: at a record that the destination refuses"
        case .examining(let reason): "waiting: \(reason)"
        case .refused(let reason, _): "waiting: \(reason)"
        case .stopped(let reason): "stopped: \(reason)"
        case .gone(let reason): "gone: \(reason)"
        }
    }
}
