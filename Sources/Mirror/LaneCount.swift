import RdKafka

/// How many lanes a flow gets whose configuration names none; measured, see `docs/decisions/003` and `030`.
package struct LaneCount {
    /// librdkafka has five batches on their way to a broker, of 1 MB each at most, however many partitions there are: over
    /// a long way that is what limits a lane. Five of them in this time are 160 MB/s, as much as one moves near by.
    private static let farMilliseconds: Int64 = 30
    private static let questions = 5

    package let roundTripMilliseconds: Int64

    package var isFar: Bool { roundTripMilliseconds >= Self.farMilliseconds }

    /// Near by, one moves all that a destination broker takes, and a second one costs CPU for nothing.
    package var lanes: Int { isFar ? 4 : 1 }

    init(roundTripMilliseconds: Int64) {
        self.roundTripMilliseconds = roundTripMilliseconds
    }

    /// - Parameter topic: any name of the destination; it need not exist.
    package init(
        asking destination: AdminClient, about topic: String, timeoutMilliseconds: Int32
    ) throws(KafkaFault) {
        roundTripMilliseconds = try destination.roundTripMilliseconds(
            asking: topic, times: Self.questions, below: Self.farMilliseconds,
            timeoutMilliseconds: timeoutMilliseconds)
    }
}
