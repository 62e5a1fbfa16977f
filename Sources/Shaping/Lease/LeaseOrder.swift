/// Where a lease stands in the order of all leases: stewards follow each other by epoch, a steward's leases by
/// revision.
package struct LeaseOrder: Hashable, Comparable, Sendable, Codable {
    package let epoch: Int64
    package let revision: Int64

    package init(epoch: Int64, revision: Int64) {
        self.epoch = epoch
        self.revision = revision
    }

    package static let none = LeaseOrder(epoch: 0, revision: 0)

    package static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.revision) < (right.epoch, right.revision)
    }

    var isPlausible: Bool {
        (0...LeaseWire.numberMax).contains(epoch) && (0...LeaseWire.numberMax).contains(revision)
    }
}
