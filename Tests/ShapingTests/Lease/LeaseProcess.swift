import Model
import Testing

@testable import Shaping

/// SplitMix64: the same seed gives the same world.
struct WorldRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }
    mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    mutating func chance(_ share: Double) -> Bool { unit() < share }
}

/// Credit that grows with the share, for 50 ms at most: the least that a lane's limiter must do.
struct PlainLimiter {
    private var credit = 0.0

    mutating func take(upTo waiting: Double, ratePerSecond rate: Double, seconds: Double) -> Double {
        guard rate > 0 else {
            credit = 0
            return 0
        }
        credit = min(credit + rate * seconds, max(1, rate * 0.05) + rate * seconds)
        let taken = min(credit, waiting).rounded(.down)
        credit = min(credit - taken, max(1, rate * 0.05))
        return taken
    }
}

/// One process of the world: its clock, its part in the sharing, its records.
struct LeaseProcess {
    let name: String
    var member: LeaseMember
    var book: LeaseBook
    /// Its clock: what it showed when the world began, and how much faster it runs.
    let offset: Int64
    let drift: Double
    var isAlive = true
    var frozenUntil = 0
    /// After a thaw the lanes may run a moment earlier than the control thread.
    var controlAwakeAt = 0
    var ownsSlotZero = false
    var limiter = PlainLimiter()
    var waiting = 0.0
    /// Records a second.
    var arrivals = 0.0
    var meter = ArrivalMeter()
    var came = 0.0
    /// Where it stands in the log, and when it sees the next record there.
    var cursor = 0
    var nextReadAt: Int?
    var lastReadAt = 0
    var lastAppendAt = 0
    var lossesInARow = 0
    var lastShare = 0

    func clock(_ milliseconds: Int) -> Instant {
        Instant(nanoseconds: offset + Int64(Double(milliseconds) * 1_000_000 * (1 + drift)))
    }

    func isRunning(at now: Int) -> Bool { isAlive && now >= frozenUntil }
}

enum LogRecord {
    case demand(DemandMessage)
    case lease(LeaseMessage)
    case setting(RateSetting)

    /// Through its bytes and back.
    func recoded() throws -> LogRecord {
        switch self {
        case .demand(let demand): .demand(try DemandMessage(key: demand.key, decoding: demand.encoded))
        case .lease(let lease): .lease(try LeaseMessage(decoding: lease.encoded))
        case .setting(let setting): .setting(try RateSetting(decoding: setting.encoded))
        }
    }
}

/// `#require` of a message that a mutating call gives.
func due<Message>(_ message: Message?) throws -> Message { try #require(message) }
