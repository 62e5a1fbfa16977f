import RdKafka

/// Gives memory back to the system now and then that was freed and is kept for nothing.
struct SpareMemory {
    /// Not worth the system's time.
    private static let keptBytesMax = 32 << 20
    private static let interval = Duration.seconds(30)

    /// A lane, a source broker, two destination brokers at work: more share without being felt.
    private static let arenas: Int32 = 4

    private var lastLook = ContinuousClock.now

    /// To be called before there are threads.
    static func prepare() { ClientHeap.limitArenas(to: arenas) }

    /// To be called often; looks now and then.
    mutating func tend() {
        guard ContinuousClock.now - lastLook >= Self.interval else { return }
        lastLook = .now
        if ClientHeap.freedBytes > Self.keptBytesMax { ClientHeap.giveBack() }
    }
}
