import Engine
import Model
import Positions

/// Somebody who watches partitions that stand in front of a refused record, and has them set behind it while the flow
/// runs. Does what people do: asks for what runs, asks twice, asks for nothing but another try, and changes their mind.
final class SimOperator {
    private unowned let world: SimWorld
    /// Requests that were not taken back yet, and when they were made.
    private var open: [TopicPartition: (request: SeekRecord, since: Int64)] = [:]
    private var asked = 0

    private static let patience: Int64 = 3_000_000

    init(_ world: SimWorld) {
        self.world = world
        look()
    }

    private func look() {
        world.after(Int64(world.random.pick(100_000...400_000))) { [self] in look() }
        for (source, (request, since)) in open.sorted(by: { $0.key < $1.key }) {
            guard isAnswered(request, source) || world.now - since > Self.patience else { continue }
            open[source] = nil
            write(source, nil)
        }
        for log in world.source.logs where open[log.partition] == nil {
            let isStopped = world.members.contains { $0.isAlive && $0.stopped.contains(log.partition) }
            if world.random.chance(isStopped ? 0.7 : 0.01) { ask(log) }
        }
    }

    private func ask(_ log: SourceLog) {
        let at = world.judge.position(of: log.partition)
        let next = log.offsets.dropFirst(log.place(of: at)).first
        // Nothing but a refused record may be left out.
        let behind = next.flatMap { log.refused.contains($0) ? $0 + 1 : nil }
        asked += 1
        let isRetry = world.random.chance(0.2)
        let request = SeekRecord(
            id: "o\(asked)", from: world.random.chance(0.1) ? max(0, at - 1) : at, to: isRetry ? at : behind ?? at)
        // From a place that was not seen, a jump could leave out more.
        guard request.from == at || request.to == at else { return }
        open[log.partition] = (request, world.now)
        write(log.partition, request.encoded)
        if world.random.chance(0.1) { write(log.partition, request.encoded) }
    }

    private func isAnswered(_ request: SeekRecord, _ source: TopicPartition) -> Bool {
        world.destination.control.entries.reversed().contains { entry in
            guard entry.isCommitted, case .ledger(let record) = entry.content, record.key == SeekRecord.key(source),
                let answer = record.value.flatMap({ try? SeekRecord(decoding: $0) })
            else { return false }
            return answer.id == request.id && answer.state != .asked
        }
    }

    private func write(_ source: TopicPartition, _ value: [UInt8]?) {
        let record = LedgerRecord(.control, key: SeekRecord.key(source), value: value)
        _ = world.destination.control.append(.ledger(record), in: nil)
        world.trace { "the operator asks of \(source): \(value.map { String(decoding: $0, as: UTF8.self) } ?? "-")" }
    }
}
