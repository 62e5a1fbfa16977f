import Model
import Testing

@testable import Shaping

struct LeaseMessageTests {
    private let demand = DemandMessage(
        instance: "a", run: 3, sequence: 9, load: RateLoad(waitingRecords: 12.5, offeredBytes: 1e9, weight: 4),
        obeys: LeaseOrder(epoch: 2, revision: 17), ceiling: 1_000, setting: 6)
    private let setting = RateSetting(id: 6, limits: RateLimits(recordsPerSecond: 800, bytesPerSecond: 1e6))

    private var lease: LeaseMessage {
        LeaseMessage(
            steward: "a/3", order: LeaseOrder(epoch: 2, revision: 18), isContended: true, setting: setting,
            grants: [.init(instance: "a", run: 3, sequence: 9, share: 250_000, live: 1_000_000)])
    }

    @Test func `messages come back from their bytes as they were`() throws {
        #expect(try DemandMessage(key: demand.key, decoding: demand.encoded) == demand)
        #expect(try LeaseMessage(decoding: lease.encoded) == lease)
        #expect(try RateSetting(decoding: setting.encoded) == setting)
        #expect(String(decoding: setting.encoded, as: UTF8.self).contains("\"records_per_s\":800"))
    }

    @Test(arguments: [
        "", "{", "null", "[]", "{}", "{\"v\":2}", "{\"v\":1}", "{\"v\":1,\"id\":1e400,\"paused\":false}",
        "{\"v\":1,\"id\":0,\"paused\":false}", "{\"v\":1,\"id\":1,\"paused\":false,\"records_per_s\":-1}",
        "{\"v\":1,\"id\":1,\"paused\":false,\"records_per_s\":0}", String(repeating: "[", count: 100_000),
    ])
    func `foreign bytes are refused with a reason`(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: LeaseFault.self) { try RateSetting(decoding: bytes) }
        #expect(throws: LeaseFault.self) { try LeaseMessage(decoding: bytes) }
        #expect(throws: LeaseFault.self) { try DemandMessage(key: DemandMessage.key(instance: "a"), decoding: bytes) }
    }

    @Test func `another version is named`() {
        #expect(throws: LeaseFault("version 2 of the message is not known here, only 1")) {
            try RateSetting(decoding: Array("{\"v\":2,\"id\":1,\"paused\":false}".utf8))
        }
    }

    @Test func `a demand under another instance's key is refused`() {
        #expect(throws: LeaseFault.self) {
            try DemandMessage(key: DemandMessage.key(instance: "b"), decoding: demand.encoded)
        }
    }

    @Test func `a lease that gives more than the rate is refused`() {
        let grant = LeaseMessage.Grant(instance: "a", run: 1, sequence: 1, share: 600_000, live: 600_000)
        let other = LeaseMessage.Grant(instance: "b", run: 1, sequence: 1, share: 600_000, live: 600_000)
        let lease = LeaseMessage(steward: "s", order: LeaseOrder(epoch: 1, revision: 1), grants: [grant, other])
        #expect(throws: LeaseFault.self) { try LeaseMessage(decoding: lease.encoded) }
    }

    @Test func `any byte changed or cut off is refused or understood, and never ends the process`() {
        var random = WorldRandom(seed: 4)
        let whole = [demand.encoded, lease.encoded, setting.encoded]
        for _ in 0..<3_000 {
            var bytes = whole[random.below(3)]
            if random.chance(0.3) { bytes.removeLast(random.below(bytes.count)) }
            for _ in 0..<random.below(4) where !bytes.isEmpty {
                bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? DemandMessage(key: demand.key, decoding: bytes)
            _ = try? LeaseMessage(decoding: bytes)
            _ = try? RateSetting(decoding: bytes)
        }
    }

    @Test func `a load that is no number does not get into a message`() {
        let load = RateLoad(waitingRecords: .nan, waitingBytes: .infinity, offeredRecords: -1, weight: 0)
        #expect(load == RateLoad())
    }

    @Test func `without messages a topic's rate goes by owned partitions`() {
        #expect(ScopeShare.share(scope: .global, ownedPartitions: 1, ofPartitions: 1) == nil)
        #expect(ScopeShare.share(scope: .topic, ownedPartitions: 3, ofPartitions: 12) == 0.25)
        #expect(ScopeShare.share(scope: .topic, ownedPartitions: 1, ofPartitions: 0) == 0)
        #expect(ScopeShare.share(scope: .partition, ownedPartitions: 1, ofPartitions: 12) == 1)
    }

    @Test func `what comes in is averaged, and a real change is believed`() {
        var meter = ArrivalMeter()
        for step in 0..<200 {
            meter.note(Double(step % 10) * 2, at: Instant(nanoseconds: Int64(step) * 20_000_000))
        }
        #expect(abs(meter.perSecond - 450) < 60)
        for step in 200..<260 { meter.note(0, at: Instant(nanoseconds: Int64(step) * 20_000_000)) }
        #expect(meter.perSecond < 60)
    }

    @Test func `what partitions bring that come or go is known before it is measured`() {
        var meter = ArrivalMeter()
        meter.expect(perSecond: 600)
        meter.pass(at: Instant(nanoseconds: 0))
        #expect(meter.perSecond == 600)
        meter.scale(by: 0.5)
        meter.note(30, at: Instant(nanoseconds: 100_000_000))
        #expect(abs(meter.perSecond - 300) < 0.001)
    }

    @Test func `lumps of a full queue are no change`() {
        var steady = ArrivalMeter()
        steady.expect(perSecond: 500)
        var nervous = steady
        for step in 0..<100 {
            let (amount, now) = (step % 10 == 0 ? 500.0 : 0, Instant(nanoseconds: Int64(step) * 100_000_000))
            steady.note(amount, isSteady: true, at: now)
            nervous.note(amount, at: now)
        }
        #expect(abs(steady.perSecond - 500) < 100)
        #expect(nervous.perSecond < 300)
    }
}
