import CRdKafka

/// The shim's note about a timestamp of 0, at an address that stays: the producer's interceptor knows it. Outlives the
/// producer, as part of its callback box.
@safe struct Stamp: ~Copyable {
    let pointer: UnsafeMutablePointer<martlet_stamp>

    /// Decided once per process; see `martlet_on_send`.
    private static let zeroWorks = martlet_zero_timestamp_works()

    init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(
            to: martlet_stamp(zero_wanted: false, zero_set: false, zero_works: Self.zeroWorks))
    }

    deinit {
        unsafe pointer.deallocate()
    }
}
