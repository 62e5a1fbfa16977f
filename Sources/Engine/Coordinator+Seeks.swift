import Model
import Positions

/// Requests to set positions, from the control topic to the lanes that hold the partitions' slots.
extension Coordinator {
    /// What stands in a slot for a partition that cannot begin with it.
    struct Unusable: Hashable {
        let slot: Slot
        /// `nil`: nothing, or nothing that can be read.
        let position: Position?
    }

    /// Tells each lane the open requests for its slots, whenever that is another list than it was told last. So a
    /// request reaches whoever holds the slot, as often as the slot moves, and one that is taken back reaches nobody.
    mutating func tellSeeks() -> [Action] {
        guard !catalogue.seeks.isEmpty || !seeksTold.isEmpty else { return [] }
        var open: [Int: [SeekOrder]] = [:]
        for (source, request) in catalogue.seeks where request.state == .asked {
            guard let slot = catalogue.slot(of: source), case .held(let lane) = slots[slot] else { continue }
            open[lane, default: []].append(order(request, for: source, in: slot))
        }
        for lane in open.keys { open[lane]?.sort { $0.source < $1.source } }
        let changed = Set(open.keys).union(seeksTold.keys).filter { open[$0] != seeksTold[$0] }
        seeksTold = open
        return changed.sorted().map { .order(lane: $0, .seek(open[$0] ?? [])) }
    }

    private func order(_ request: SeekRecord, for source: TopicPartition, in slot: Slot) -> SeekOrder {
        guard let unusable = unusable[source], unusable.slot == slot, let topic = catalogue.topics[source.topic] else {
            return SeekOrder(source: source, slot: slot, request: request, found: nil)
        }
        // Another cluster's position still says where it leads. What it reached there is no word of this cluster's.
        let position = Position(
            offset: request.to, cluster: sourceClusterID, to: unusable.position?.to ?? source.topic,
            reached: unusable.position?.reached ?? -1, since: unusable.position?.since ?? topic.since,
            seek: request.id)
        return SeekOrder(
            source: source, slot: slot, request: request,
            found: SeekOrder.Found(
                offset: unusable.position?.offset, start: LaneStart(source: source, slot: slot, position: position)))
    }

    mutating func forgetUnusable(of slot: Slot) {
        guard !unusable.isEmpty else { return }
        unusable = unusable.filter { $0.value.slot != slot }
    }
}
