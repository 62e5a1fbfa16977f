/// One partition of a flow's positions topic: the unit that the consumer group shares out among processes.
package struct Slot: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    /// The slot whose owner is the flow's steward.
    package static let steward = Slot(0)

    package var description: String { "slot \(number)" }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
