import Testing
import Verify

@testable import Trials

struct LossMapTests {
    private func map(_ sample: SampleReport, columns: Int = 240) -> LossMap {
        LossMap(sample.report.topics, seconds: Double(sample.seconds), columnsMax: columns)
    }

    @Test(arguments: [1, 2, 63, 64, 65, 90, 300, 2_000])
    func `every partition has a row or a share of one, and there are never too many rows`(partitions: Int) {
        for topics in [1, 2, 7] {
            let sample = SampleReport(
                seconds: 20, partitions: partitions, topics: (0..<topics).map { "topic\($0)" }, halt: 5..<8, missing: 3)
            let map = map(sample)
            #expect(map.rows.reduce(0) { $0 + $1.partitions } == partitions * topics)
            #expect(map.rows.count <= LossMap.rowsMax)
            #expect(map.rows.allSatisfy { $0.levels.count == map.columns })
            if partitions * topics <= LossMap.rowsMax { #expect(map.rows.allSatisfy { $0.partitions == 1 }) }
            // Nothing is lost by drawing it small.
            #expect(map.rows.reduce(0) { $0 + $1.missingCount } == Int64(3 * topics))
        }
    }

    @Test func `more topics than rows share rows`() {
        let map = map(SampleReport(seconds: 20, partitions: 3, topics: (0..<500).map { "t\($0)" }, halt: 5..<8))
        #expect(map.rows.count <= LossMap.rowsMax)
        #expect(map.rows.reduce(0) { $0 + $1.partitions } == 1_500)
    }

    @Test func `of many partitions the lossy, the slow and the busy one keep rows of their own`() {
        var topics = SampleReport(seconds: 60, partitions: 1_000, halt: 60..<60).report.topics
        topics[0].partitions[777].missing = [.init(from: 3, to: 4, count: 1)]
        topics[0].partitions[555].stalls = [.init(from: 10, to: 40)]
        topics[0].partitions[333].receivedBySecond = Array(repeating: 90_000, count: 60)
        let map = LossMap(topics, seconds: 60, columnsMax: 240)
        let own = map.rows.prefix(map.picked)
        #expect(own.allSatisfy { $0.partitions == 1 })
        for partition in [777, 555, 333] { #expect(own.contains { $0.label == "orders[\(partition)]" }) }
    }

    @Test(arguments: [1, 59.5, 184.2, 240, 241, 3_600])
    func `every column holds whole seconds, so that none is empty by accident`(seconds: Double) {
        var topics = SampleReport(partitions: 1).report.topics
        topics[0].partitions[0].receivedBySecond = Array(repeating: 10, count: Int(seconds.rounded(.up)))
        let map = LossMap(topics, seconds: seconds, columnsMax: 240)
        #expect(map.columns <= 240)
        #expect(map.rows[0].levels == Array(repeating: UInt8(LossMap.usualLevel), count: map.columns))
    }

    @Test func `levels rise with the rate, and nothing is level 0`() {
        let levels = [0, 0.001, 0.3, 1, 1.4, 3, 9, 10_000].map { LossMap.level($0 * 50, usual: 50) }
        #expect(levels == [0, 1, 3, 4, 4, 5, 6, 6])
    }

    @Test func `stretches that run into each other become one, and a share tells how many partitions`() {
        var topics = SampleReport(seconds: 100, partitions: 200, halt: 100..<100).report.topics
        for partition in 0..<200 { topics[0].partitions[partition].stalls = [.init(from: 20, to: 30)] }
        let map = LossMap(topics, seconds: 100, columnsMax: 240)
        #expect(map.rows.allSatisfy { $0.stalls == [LossMap.Span(from: 20, to: 30, count: 0, share: 1)] })
    }

    @Test func `what came twice is a fault only of a mirror that claims exactly once`() {
        var report = SampleReport(seconds: 60, partitions: 4, halt: 20..<30, duplicated: 7).report
        func faulty() -> Set<String> { Set(Page(ReportPage([report]).html).all("text", "bad").map(\.text)) }
        #expect(faulty() == ["✗ orders[2]", "✗ [2]"])
        report.claim = .atLeastOnce
        #expect(faulty() == [])
    }

    @Test func `missing and twice are drawn apart from stalls`() {
        let report = SampleReport(seconds: 60, partitions: 4, halt: 20..<30, missing: 5, duplicated: 7).report
        let page = Page(ReportPage([report]).html)
        let drawn = ["missing", "twice", "stall"].map { style in
            page.all("rect", style).count { $0.path.contains("figure") && !$0.path.contains("figcaption") }
        }
        #expect(drawn == [2, 2, 2])
        #expect(page.all("title").contains { $0.text.hasPrefix("5 missing, 20 to 20.4 s") })
    }
}
