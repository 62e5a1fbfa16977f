/// How many lanes a flow gets whose configuration names none; measured, see `docs/decisions/003` and `030`.
enum LaneCount {
    /// One lane moves all that a destination broker near by takes, and a second one costs CPU for nothing.
    private static let near = 1
    /// librdkafka has five batches on their way to a broker, 1 MB each at most, whatever the number of partitions: over a
    /// long way that is what limits a lane.
    private static let far = 4
    /// Five batches of 1 MB in such a time are 160 MB/s, as much as a lane moves near by.
    private static let farMilliseconds: Int64 = 30

    /// Round trips that are tried until one is short: a busy broker is not a far one.
    static let questions = 5

    static func isFar(roundTripMilliseconds: Int64) -> Bool { roundTripMilliseconds >= farMilliseconds }

    /// - Parameter slots: those that the flow has; a lane without any would move nothing.
    static func chosen(roundTripMilliseconds: Int64, slots: Int) -> Int {
        isFar(roundTripMilliseconds: roundTripMilliseconds) ? min(far, slots) : near
    }
}
