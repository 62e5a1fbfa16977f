import Foundation
import Testing

@testable import Verify

@Suite struct LedgerFileTests {
    static func random(_ seed: UInt64) -> LedgerFile {
        var random = TestRandom(seed)
        let topics = (0..<Int.random(in: 1...3, using: &random)).map { number in
            var plan = LoadPlan.varied(seed: random.next())
            plan.format = LoadFormat.allCases.randomElement(using: &random) ?? .martlet
            plan.timestamps = .intended
            plan.transactions = Bool.random(using: &random) ? .init(records: 20, abortedPermille: 100) : nil
            let partitions = Int.random(in: 1...4, using: &random)
            let streams = (0..<plan.streams(partitions: partitions)).map { _ in
                var stream = LedgerFile.Stream(sent: 500, acknowledged: IntervalSet(), aborted: IntervalSet())
                for sequence in 0..<Int64(500) {
                    switch Int.random(in: 0..<50, using: &random) {
                    case 0: break
                    case 1...4: stream.aborted.insert(sequence)
                    default: stream.acknowledged.insert(sequence)
                    }
                }
                return stream
            }
            return LedgerFile.Topic(
                name: "orders-\(number)", partitions: partitions, plan: plan,
                pace: Pace(
                    ratePerSecond: 1_000, burst: .init(factor: 3, milliseconds: 100, periodMilliseconds: 1_000)),
                startNanoseconds: 1_700_000_000_000_000_000, streams: streams, failed: 3)
        }
        return LedgerFile(
            id: "producer-\(seed)", sourceClusterID: "abc", isFinished: Bool.random(using: &random), topics: topics)
    }

    @Test(arguments: 1...20)
    func `a ledger survives its file`(seed: UInt64) throws {
        let file = Self.random(seed)
        #expect(try LedgerFile(file.encoded(), path: "a.json") == file)
        let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "ledger.json").path(percentEncoded: false)
        try file.write(to: path)
        try file.write(to: path)
        #expect(try LedgerFile(path: path) == file)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).count == 1)
    }

    @Test func `a file cut anywhere is refused, and says so`() throws {
        let whole = Self.random(4).encoded()
        let step = max(1, whole.count / 300)
        for count in Array(stride(from: 0, to: whole.count, by: step)) + Array(max(0, whole.count - 50)..<whole.count) {
            let fault = #expect(throws: LedgerFileFault.self) {
                try LedgerFile(whole.prefix(count), path: "cut.json")
            }
            #expect(fault?.description.hasPrefix("cut.json: ") == true)
        }
    }

    @Test func `a file with any byte replaced is refused, or is a ledger that makes sense`() throws {
        let whole = Self.random(2).encoded()
        var random = TestRandom(77)
        for _ in 0..<300 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            guard let file = try? LedgerFile(bytes, path: "a.json") else { continue }
            for topic in file.topics {
                let judge = RecordJudge(loads: [topic.judged], topic: topic.name)
                #expect(judge.missingCount(of: [file.ledger(of: topic)]) >= 0)
            }
        }
    }

    @Test func `what is wrong is said with its place`() throws {
        let text = String(decoding: Self.random(1).encoded(), as: UTF8.self)
        func fault(_ old: String, _ new: String) -> String {
            guard let range = text.range(of: old) else { return "no such text" }
            let data = Data(text.replacingCharacters(in: range, with: new).utf8)
            do throws(LedgerFileFault) {
                _ = try LedgerFile(data, path: "a.json")
                return "taken"
            } catch {
                return error.description
            }
        }
        #expect(fault("\"version\":1", "\"version\":9") == "a.json: a ledger of version 9; this martlet reads 1")
        #expect(fault("\"partitions\"", "\"part\"").hasSuffix("topics[0].partitions is missing"))
        #expect(fault("\"acknowledged\":[", "\"acknowledged\":[9,5,").contains("topics[0].streams[0].acknowledged"))
        #expect(fault("\"sent\":500", "\"sent\":2").hasPrefix("a.json: topics[0] (orders-0): streams[0]"))
        #expect(
            fault("\"keyCount\":1000", "\"keyCount\":0")
                == "a.json: topics[0] (orders-0): plan: 0 keys, not 1 to 10000000")
        #expect(fault("\"factor\":3", "\"factor\":-3").contains("pace: bursts of -3 times the rate"))
        let cut = try #require(throws: LedgerFileFault.self) {
            try LedgerFile(Data(text.utf8.prefix(100)), path: "a.json")
        }
        #expect(cut.description.hasPrefix("a.json: no whole ledger: cut or damaged (100 bytes)"))
    }
}
