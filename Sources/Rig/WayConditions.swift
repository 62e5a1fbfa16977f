/// What a fault means for the bytes of one connection.
struct WayConditions {
    var latency: Nanoseconds = 0
    /// `nil` is no limit.
    var bytesPerSecond: Int?
    var hasStalls = false
    /// Nothing comes through, and nobody is told.
    var isSwallowing = false

    init(_ fault: NetworkFault?) {
        switch fault {
        case .latency(let milliseconds): latency = max(0, milliseconds) * Nanoseconds.millisecond
        case .bandwidth(let kilobytes): bytesPerSecond = max(1, kilobytes) * 1_000
        case .stalls: hasStalls = true
        case .halfOpen: isSwallowing = true
        case .cut, .reset, nil: break
        }
    }

    var isClear: Bool { latency == 0 && bytesPerSecond == nil && !hasStalls && !isSwallowing }

    /// Bytes of each direction that may be under way. A delay takes more, or it would cost bandwidth, too: this much is
    /// 160 MB/s at 100 ms.
    func room(sharedBytes: Int) -> Int {
        latency > 0 && sharedBytes < Self.sharedBytesMax ? 16 << 20 : Self.leastRoom
    }

    private static let leastRoom = 256 << 10
    /// Of all connections of a cluster together; beyond it delays cost bandwidth.
    private static let sharedBytesMax = 192 << 20
}

/// Holds one direction of a connection to a bandwidth: short slices with rests between them.
struct Pace {
    /// Short enough to look like a slow line, long enough for a clock of milliseconds.
    private static let slice = 20 * Nanoseconds.millisecond

    /// When the line has carried what was given to it.
    private(set) var freeAt: Nanoseconds = 0

    static func sliceBytes(_ bytesPerSecond: Int) -> Int { max(256, bytesPerSecond / (Nanoseconds.second / slice)) }

    mutating func note(_ bytes: Int, at now: Nanoseconds, bytesPerSecond: Int) {
        // A wake-up that came late is made up for, a long silence is not.
        freeAt = max(freeAt, now - Self.slice) + bytes * Nanoseconds.second / bytesPerSecond
    }

    mutating func clear() { freeAt = 0 }
}

/// When a connection stands still: for 200 to 3,000 ms, with 2 to 5 s between, from its own seed. Asked only when there
/// is something to send, so a silent connection costs nothing.
struct StallSchedule {
    private var random: SplitMix
    private var begins: Nanoseconds
    private var ends: Nanoseconds

    /// - Parameter now: when stalls became possible; the first one begins within 5 s, so that short lives meet one, too.
    init(seed: UInt64, from now: Nanoseconds) {
        random = SplitMix(state: seed)
        begins = now + random.milliseconds(0...5_000)
        ends = begins + random.milliseconds(200...3_000)
    }

    /// The end of the stall that it is in now; `nil` when it moves. Times never go back.
    mutating func stallEnd(at now: Nanoseconds) -> Nanoseconds? {
        while now >= ends {
            begins = ends + random.milliseconds(2_000...5_000)
            ends = begins + random.milliseconds(200...3_000)
        }
        return now >= begins ? ends : nil
    }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Nanoseconds {
        Int.random(in: range, using: &self) * Nanoseconds.millisecond
    }
}
