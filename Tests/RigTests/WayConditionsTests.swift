import Testing

@testable import Rig

struct WayConditionsTests {
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `a stall lasts 200 to 3,000 ms, and between two lie 2 to 5 s`(seed: UInt64) {
        var schedule = StallSchedule(seed: seed, from: 0)
        var stalls: [ClosedRange<Nanoseconds>] = []
        for now in stride(from: 0, to: 120 * Nanoseconds.second, by: 5 * Nanoseconds.millisecond) {
            guard let end = schedule.stallEnd(at: now) else { continue }
            if stalls.last?.upperBound != end { stalls.append(now...end) }
        }
        #expect(stalls.count >= 14)
        let slack = 5 * Nanoseconds.millisecond
        for stall in stalls {
            #expect(stall.upperBound - stall.lowerBound <= 3_000 * .millisecond)
            #expect(stall.upperBound - stall.lowerBound >= 200 * .millisecond - slack)
        }
        for (one, next) in zip(stalls, stalls.dropFirst()) {
            #expect((2_000 * .millisecond...5_000 * .millisecond + slack) ~= next.lowerBound - one.upperBound)
        }
    }

    @Test func `a pace makes up for a wake-up that came late, and not for silence`() {
        var pace = Pace()
        let second = Nanoseconds.second
        pace.note(1_000, at: 10 * second, bytesPerSecond: 100_000)
        #expect(pace.freeAt == 10 * second - 10 * Nanoseconds.millisecond)
        pace.note(100_000, at: 10 * second, bytesPerSecond: 100_000)
        #expect(pace.freeAt == 11 * second - 10 * Nanoseconds.millisecond)
    }

    @Test func `a delay line gives back in order what came in, in whatever pieces`() {
        var line = DelayLine()
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        for start in stride(from: 0, to: 10_000, by: 10) { line.append(Array(bytes[start..<(start + 10)]), at: start) }
        line.end(at: 10_000)
        #expect(line.size > 10_000)
        var back: [UInt8] = []
        while !line.isAtEnd {
            _ = unsafe line.send(atMost: 7) { piece in
                let bytes = unsafe [UInt8](piece)
                back += bytes
                return .moved(bytes.count)
            }
        }
        line.dropFirst()
        #expect(back == bytes)
        #expect(line.size == 0)
        #expect(line.isEmpty)
    }
}
