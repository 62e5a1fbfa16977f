import Model

/// What a slot holds after it was read from its start to a mark.
package struct SlotContents: Hashable, Sendable {
    package let slot: Slot
    /// `nil` when nobody ever claimed it.
    package var owner: SlotOwner?
    package var positions: [TopicPartition: Position] = [:]
    /// The slot's end when it was read. A claim must land exactly here, else somebody wrote in between.
    package var mark: Int64
    /// Keys that could not be read, with the reason. The partitions they name must stop.
    package var unreadable: [TopicPartition: RecordFault] = [:]

    package init(slot: Slot, mark: Int64) {
        self.slot = slot
        self.mark = mark
    }

    /// Takes in the next record of the slot, in offset order.
    package mutating func apply(key: [UInt8], value: [UInt8]?) {
        switch SlotKey(decoding: key) {
        case .owner:
            owner = value.map(SlotOwner.init(decoding:))
        case .position(let source):
            unreadable[source] = nil
            guard let value else {
                positions[source] = nil
                return
            }
            do throws(RecordFault) {
                positions[source] = try Position(decoding: value)
            } catch {
                positions[source] = nil
                unreadable[source] = error
            }
        case nil:
            break  // A key of a later version: not ours to judge.
        }
    }
}
