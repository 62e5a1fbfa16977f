import RdKafka

/// Gives memory back to the system now and then that was freed and is kept for nothing.
struct SpareMemory {
    /// Not worth the system's time.
    private static let keptBytesMax = 32 << 20
    private static let interval = Duration.seconds(30)

    private var lastLook = ContinuousClock.now

    /// To be called often; looks now and then.
    mutating func tend() {
        guard ContinuousClock.now - lastLook >= Self.interval else { return }
        lastLook = .now
        if ClientHeap.freedBytes > Self.keptBytesMax { ClientHeap.giveBack() }
    }
}
