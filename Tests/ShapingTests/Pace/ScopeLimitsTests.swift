import Model
import Testing

@testable import Shaping

struct ScopeLimitsTests {
    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 5_000_000_000).advanced(milliseconds: milliseconds)
    }

    private static func limits(_ scope: RateDefinition.Scope, _ recordsPerSecond: Double) -> ScopeLimits {
        var rate = RateDefinition()
        rate.scope = scope
        rate.recordsPerSecond = recordsPerSecond
        return ScopeLimits(rate)
    }

    private static func partition(_ number: Int, of topic: String = "a") -> TopicPartition {
        TopicPartition(topic, Int32(number))
    }

    /// Records that go within these milliseconds, when one is always there.
    private static func count(
        _ limits: inout ScopeLimits, _ partitions: [TopicPartition], _ milliseconds: ClosedRange<Int64>
    ) -> Int {
        var count = 0
        for millisecond in milliseconds {
            for partition in partitions where limits.admit(partition, bytes: 1, at: at(millisecond)) == nil {
                count += 1
            }
        }
        return count
    }

    @Test func `each topic has the rate, by the part of its partitions that the process has`() {
        var limits = Self.limits(.topic, 800)
        for number in 0..<3 { limits.open(Self.partition(number), at: Self.at(0)) }
        limits.open(Self.partition(0, of: "b"), at: Self.at(0))
        // Nobody has said how many partitions there are.
        #expect(Self.count(&limits, [Self.partition(0)], 0...1_000) == 0)
        limits.note(partitions: ["a": 4, "b": 1], at: Self.at(1_000))
        #expect(Self.count(&limits, [Self.partition(0)], 1_001...4_000) == 0)
        limits.change(to: RateLimits(recordsPerSecond: 800), at: Self.at(4_020))
        // All from one partition: the part is the process's.
        let both = Self.count(&limits, [Self.partition(1), Self.partition(0, of: "b")], 4_020...14_020)
        #expect((13_900...14_140).contains(both), "\(both)")
        let one = Self.count(&limits, [Self.partition(1)], 14_021...24_020)
        #expect((5_990...6_060).contains(one), "\(one)")
        limits.close(Self.partition(2), at: Self.at(24_021))
        let less = Self.count(&limits, [Self.partition(1)], 24_021...34_020)
        #expect((3_990...4_040).contains(less), "\(less)")
    }

    @Test func `each partition has the rate, and a new owner begins with nothing saved`() {
        var limits = Self.limits(.partition, 100)
        limits.open(Self.partition(0), at: Self.at(0))
        limits.open(Self.partition(1), at: Self.at(0))
        let both = Self.count(&limits, [Self.partition(0), Self.partition(1)], 1...10_000)
        #expect((1_990...2_022).contains(both), "\(both)")
        var other = Self.limits(.partition, 100)
        limits.close(Self.partition(0), at: Self.at(20_000))
        #expect(Self.count(&limits, [Self.partition(0)], 20_000...21_000) == 0)
        other.open(Self.partition(0), at: Self.at(20_000))
        #expect(Self.count(&other, [Self.partition(0)], 20_000...20_009) == 0)
        #expect(Self.count(&other, [Self.partition(0)], 20_010...20_100) == 10)
    }

    @Test func `another rate holds at once`() {
        var limits = Self.limits(.partition, 100)
        limits.open(Self.partition(0), at: Self.at(0))
        limits.change(to: RateLimits(recordsPerSecond: 1_000), at: Self.at(0))
        let count = Self.count(&limits, [Self.partition(0)], 1...1_000)
        #expect((990...1_010).contains(count), "\(count)")
    }

    /// One process of the flow; it hears of the topic's partitions when it has read so far.
    private struct Process {
        var limits = ScopeLimitsTests.limits(.topic, 500)
        var hearsAt: Int64 = 0
        /// Partitions that it knows of.
        var known = 0
    }

    /// Every process sends what it may, partitions move every few hundred milliseconds, and the topic grows.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `a topic's rate is never exceeded, while partitions move and come`(seed: UInt64) {
        var random = WorldRandom(seed: seed)
        var processes = (0..<3).map { _ in Process() }
        var owners: [Int: Int] = [:]
        var count = 4
        var sent: [Int64] = []
        for now in 0..<Int64(40_000) {
            let instant = Self.at(now)
            if now == 15_000 || now == 22_000 {
                count += 2
                // A lease that was written before holds for three seconds at most: who has not read on by then has none.
                for index in processes.indices { processes[index].hearsAt = now + Int64(random.below(3_000)) }
            }
            for index in processes.indices where processes[index].hearsAt == now {
                processes[index].limits.note(partitions: ["a": count], at: instant)
                processes[index].known = count
            }
            for partition in 0..<count where random.below(2_000) == 0 {
                let next = random.below(3)
                if let owner = owners[partition] {
                    processes[owner].limits.close(Self.partition(partition), at: instant)
                }
                // Whoever gets a new one has read of it.
                guard partition < processes[next].known else {
                    owners[partition] = nil
                    continue
                }
                owners[partition] = next
                processes[next].limits.open(Self.partition(partition), at: instant)
            }
            for index in processes.indices {
                processes[index].limits.change(to: RateLimits(recordsPerSecond: 500), at: instant)
            }
            for (partition, owner) in owners
            where processes[owner].limits.admit(Self.partition(partition), bytes: 1, at: instant) == nil {
                sent.append(now)
            }
        }
        func most(within span: Int64) -> Int {
            var (first, most) = (0, 0)
            for (last, time) in sent.enumerated() {
                while sent[first] <= time - span { first += 1 }
                most = max(most, last - first + 1)
            }
            return most
        }
        // A record more for each limiter.
        #expect(most(within: 10_000) <= 5_050 + 3, "seed \(seed)")
        #expect(most(within: 1_000) <= 550 + 3, "seed \(seed)")
        #expect(sent.count > 15_000, "seed \(seed): \(sent.count)")
    }
}
