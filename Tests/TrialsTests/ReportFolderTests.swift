import Foundation
import Testing
import Trials
import Verify

struct ReportFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-report-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `a report comes back from JSON as it was`() throws {
        var report = SampleReport(seconds: 30, halt: 10..<12, missing: 4, duplicated: 2).report
        report.seed = .max
        report.samples[2].processorCores = .infinity
        let data = try ReportFolder.encode(report)
        let back = try ReportFolder.decode(data)
        #expect(try ReportFolder.encode(back) == data)
        #expect(back.began == report.began && back.seed == .max && back.samples == report.samples)
        #expect(back.topics[0].partitions == report.topics[0].partitions)
        #expect(back.topics[0].verdict.counts == report.topics[0].verdict.counts)
        #expect(back.lines == report.lines && back.marks == report.marks && back.outcome == report.outcome)
        #expect(String(decoding: data, as: UTF8.self).contains("\"began\":\"2026-09-21T14:13:20Z\""))
    }

    @Test func `trials of different times come into one page`() throws {
        try withFolder { path in
            try ReportFolder(path: path).add(SampleReport(mirror: "mirrormaker2", seconds: 20).report)
            let later = ReportFolder(path: path)
            let file = try later.add(SampleReport(id: "S10", seconds: 20).report)
            #expect(file.hasSuffix("/S10-martlet.json"))
            let contents = try later.writePage()
            #expect(contents.reports.map(\.mirror) == ["mirrormaker2", "martlet"])
            #expect(contents.unread == [])
            let page = Page(try String(contentsOfFile: later.pagePath, encoding: .utf8))
            #expect(page.all("details", "trial").count == 2)
        }
    }

    @Test func `a later trial takes the place of an earlier one`() throws {
        try withFolder { path in
            let folder = ReportFolder(path: path)
            for rate in [100, 200] { try folder.add(SampleReport(seconds: 20, rate: rate).report) }
            #expect(try folder.contents().reports.map { $0.topics[0].verdict.counts.expected } == [4_000])
        }
    }

    @Test func `a file that is no report is named, and the others are read`() throws {
        try withFolder { path in
            let folder = ReportFolder(path: path)
            try folder.add(SampleReport(seconds: 20).report)
            try Data("{}".utf8).write(to: URL(filePath: path + "/other.json"))
            try Data("notes".utf8).write(to: URL(filePath: path + "/notes.txt"))
            let contents = try folder.writePage()
            #expect(contents.reports.count == 1)
            #expect(contents.unread == ["other.json"])
            #expect(try String(contentsOfFile: folder.pagePath, encoding: .utf8).contains("other.json"))
        }
    }

    @Test(arguments: ["../../etc/x", "a b", "a/b", "", ".", "-rf", "x\u{0}y", "é", String(repeating: "a b", count: 90)])
    func `whatever a mirror is called, its file stays in the folder`(mirror: String) {
        let stem = ReportFolder.stem(of: SampleReport(mirror: mirror, seconds: 1).report)
        #expect(stem.hasPrefix("S4-") && stem.utf8.count < 64)
        #expect(stem.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        let other = ReportFolder.stem(of: SampleReport(mirror: mirror + "!", seconds: 1).report)
        #expect(stem != other)
    }
}
