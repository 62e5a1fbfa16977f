import Engine
import Model
import Positions

/// What a steward registers: the flow itself, new topics and added partitions, each with its first positions.
enum StewardPlan {
    static func missing(from catalogue: Catalogue, _ world: SimWorld) -> [LedgerRecord] {
        let flow =
            catalogue.flow ?? FlowRecord(slots: world.plan.slotCount, cluster: SimWorld.sourceClusterID, began: 0)
        var records: [LedgerRecord] = []
        if catalogue.flow == nil {
            records.append(LedgerRecord(.control, key: Array(FlowRecord.key.utf8), value: flow.encoded))
        }
        var base = catalogue.nextBase
        for (name, logs) in world.source.topics.sorted(by: { $0.key < $1.key }) {
            let known = catalogue.topics[name]
            let have = known?.starts.count ?? 0
            guard logs.count > have else { continue }
            let record = TopicRecord(
                base: known?.base ?? base, initialPartitions: known?.initialPartitions ?? logs.count,
                starts: logs.map { _ in 0 }, since: 0)
            if known == nil { base += logs.count }
            records.append(LedgerRecord(.control, key: Array(TopicRecord.key(name).utf8), value: record.encoded))
            for log in logs.dropFirst(have) {
                let position = Position(
                    offset: 0, cluster: SimWorld.sourceClusterID, to: name, reached: -1, since: 0)
                records.append(
                    LedgerRecord(
                        .slot(record.slot(of: log.partition.partition, in: flow)),
                        key: SlotKey.position(log.partition).encoded, value: position.encoded))
            }
        }
        return records
    }
}
