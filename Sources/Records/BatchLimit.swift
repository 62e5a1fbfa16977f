/// How large a batch of one partition may be. Narrowed after a destination has refused a whole batch, until it is known
/// whether one of its reads was meant, and which.
package struct BatchLimit: Hashable, Sendable {
    /// Reads in a batch that begins before `before`.
    package var reads = Int.max
    package var before: Int64 = .min
    /// Key and value bytes of a batch of several reads, wherever it begins.
    package var bytes = Int.max

    package init() {}

    /// Reads that a batch may hold whose first one begins at `offset`.
    package func reads(from offset: Int64) -> Int { offset < before ? reads : .max }
}
