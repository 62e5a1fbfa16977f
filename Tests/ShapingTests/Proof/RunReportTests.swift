import Foundation
import Model
import Shaping
import Testing

struct RunReportTests {
    private static func part(
        _ instance: String, began: Int64, written: Int64, hits: [Int] = [1, 0], sent: Int = 10
    ) throws -> RunPart {
        var part = RunPart(instance: instance, began: began, written: written, fingerprint: "f")
        part.records.offered = sent + 2
        part.records.sent = sent
        part.records.sampledOut = 2
        let policy = try SanitizePolicy.ofTest(.mask, [("$.a", .hash), ("$.b", .drop)])
        var counts = SanitizeCounts(rules: 2)
        counts.hits = hits
        counts.unlisted = 5
        part.policies = [RunPart.Policy(number: 0, policy, counts)]
        part.canary = RunPart.Canary(everyMilliseconds: 20_000, shots: 3, unanswered: 0, last: written)
        part.scan = RunPart.Scan(share: 0.01, records: 4)
        return part
    }

    private func report(_ parts: [RunPart]) throws -> RunReport {
        try #require(RunReport(parts, flow: "f", source: "a", destination: "b"))
    }

    @Test func `parts of one run are added up, and a rule that met its place anywhere is no silent one`() throws {
        let one = try Self.part("one", began: 1_000_000, written: 1_500_000)
        var two = try Self.part("two", began: 1_100_000, written: 1_600_000, hits: [0, 0], sent: 5)
        two.isEnd = true
        let report = try report([two, one])
        #expect(report.processes.map(\.instance) == ["one", "two"])
        #expect(report.records.sent == 15 && report.records.offered == 19 && report.records.sampledOut == 4)
        #expect(report.policies.first?.rules.map(\.hits) == [1, 0] && report.policies.first?.unlistedPlaces == 10)
        #expect(report.rulesWithoutHit.map(\.place) == ["$.b"])
        #expect(report.canary?.shots == 6 && report.canary?.last == 1_600_000 && report.scan?.records == 8)
        #expect(report.began == 1_000_000 && report.written == 1_600_000 && !report.isOver)
    }

    @Test func `earlier runs are left out, and a process that replaces another belongs to the same run`() throws {
        let old = try Self.part("old", began: 0, written: 100_000)
        let one = try Self.part("one", began: 1_000_000, written: 1_500_000)
        let next = try Self.part("next", began: 1_510_000, written: 1_700_000)
        #expect(try report([old, next, one]).processes.map(\.instance) == ["one", "next"])
        #expect(RunReport([], flow: "f", source: "a", destination: "b") == nil)
    }

    @Test func `a part comes back as it was written, and nothing is believed that cannot be`() throws {
        var part = try Self.part("one", began: 1, written: 2)
        part.lateness = .init(p50Milliseconds: 1.5, p99Milliseconds: 2, maxMilliseconds: 3)
        part.findings = [
            ProofFinding(
                .scan, topic: "t", partition: 1, offset: 2,
                leak: LeakFinding(rule: 1, place: "$.a", part: "value", form: .base64))
        ]
        #expect(try RunPart(key: part.key, decoding: part.encoded) == part)
        #expect(throws: LeaseFault.self) { try RunPart(key: Array("report/two/1".utf8), decoding: part.encoded) }
        part.records.sent = .max
        #expect(throws: LeaseFault.self) { try RunPart(key: part.key, decoding: part.encoded) }
        part.records.sent = -1
        #expect(throws: LeaseFault.self) { try RunPart(key: part.key, decoding: part.encoded) }
        #expect(throws: LeaseFault.self) { try RunPart(key: part.key, decoding: Array("{}".utf8)) }
    }

    @Test func `rates are those of whole seconds in which records went`() {
        var measure = RateMeasure()
        var sent = 0
        // 300 ms of the first second, then 100, 200 and 150 a second, then a last piece, then nothing.
        let added = [0, 30, 100, 200, 150, 40, 0, 0, 70]
        for (second, count) in added.enumerated() {
            sent += count
            for tick in 0..<10 { measure.note(sent: sent, atMilliseconds: Int64(second * 1_000 + tick * 100)) }
        }
        let rates = measure.measured
        #expect(rates?.seconds == 3 && rates?.lowest == 100 && rates?.highest == 200 && rates?.mean == 150)
        #expect(RateMeasure().measured == nil)
    }
}
