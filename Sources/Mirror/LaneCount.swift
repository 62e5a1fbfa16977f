import KafkaPorts
import Model
import RdKafka

/// How many lanes a flow gets whose configuration names none; measured, see `docs/decisions/003` and `030`.
package struct LaneCount {
    /// librdkafka has five batches on their way to a broker, of 1 MB each at most, however many partitions there are: over
    /// a long way that is what limits a lane. Five of them in this time are 160 MB/s, as much as one moves near by.
    private static let farMilliseconds: Int64 = 30
    private static let questions = 5

    package let roundTripMilliseconds: Int64

    package var isFar: Bool { roundTripMilliseconds >= Self.farMilliseconds }

    init(roundTripMilliseconds: Int64) {
        self.roundTripMilliseconds = roundTripMilliseconds
    }

    /// The shortest of some questions about a topic: a busy broker is not a far one.
    ///
    /// - Parameter topic: any name of the destination; it need not exist.
    package init(
        asking destination: AdminClient, about topic: String, timeoutMilliseconds: Int32
    ) throws(KafkaFault) {
        var shortest = Int64.max
        for _ in 0..<Self.questions where shortest >= Self.farMilliseconds {
            let asked = Instant.now
            _ = try destination.topic(topic, timeoutMilliseconds: timeoutMilliseconds)
            shortest = min(shortest, Instant.now.milliseconds(since: asked))
        }
        self.init(roundTripMilliseconds: shortest)
    }

    /// Near by, one moves all that a destination broker takes, and a second one costs CPU for nothing.
    ///
    /// - Parameter slots: a lane without any would move nothing. `nil`: more than lanes.
    package func lanes(slots: Int?) -> Int { isFar ? min(4, slots ?? 4) : 1 }
}
