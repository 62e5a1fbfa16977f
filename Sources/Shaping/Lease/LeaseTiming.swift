/// How long things hold in the sharing of a rate, in milliseconds. All processes of a flow must agree on them.
package struct LeaseTiming: Hashable, Sendable {
    /// A lease counts from the moment at which the demand was sent that it answers. Its member stops at the end of it.
    package var validity: Int64 = 3_000
    /// The steward holds a share back for so much longer: clocks do not run alike. Enough for 3,000 millionths.
    package var margin: Int64 = 20
    /// Every process repeats its demand, and the steward its leases, this often: with delays of half a second both ways
    /// two messages in a row may be lost before a share runs out.
    package var demandEvery: Int64 = 500
    package var leaseEvery: Int64 = 500
    /// Something new is told at once, but not more often than this.
    package var urgentEvery: Int64 = 50
    /// What is given back with partitions that go is kept for their next owner so long.
    package var handOver: Int64 = 1_000
    /// A claim that was not seen in the log is repeated.
    package var claimEvery: Int64 = 500
    /// A process whose control thread was silent for so long hears no kill switch either, and sends nothing.
    package var pulseMax: Int64 = 1_500

    package init() {}
}
