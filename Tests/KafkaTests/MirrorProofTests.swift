import Configuration
import Foundation
import KafkaHarness
import KafkaPorts
import Log
import Mirror
import Model
import RdKafka
import Rig
import Shaping
import Synchronization
import Testing
import Trials

extension MirrorTests.Shaped {
    /// The proof that nothing passes that should not, while a flow runs, and the report of it.
    @Suite(.serialized)
    struct Proof {
        private static func shape(_ verify: String) -> String {
            let rules =
                "{ path: $.email, do: email, identity: person }, { path: $.never, do: drop }, { key: true, do: hash }"
            return "{ sanitize: { key: 'a key for these tests only', policies: [{ topics: ['.*'], keep: [$.id], "
                + "rules: [\(rules)] }] }, verify: \(verify) }"
        }

        @Test func `a run's report tells what was done, as JSON and as a page`() throws {
            let flow = try MirrorFlow(settings: ["shape": Self.shape("{ canary: 1s, scan: 100% }")])
            try flow.source.create(flow.topic, partitions: MirrorFlow.proofPartitions)
            try flow.load(0..<300)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")

            let page = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).html")
            defer { try? FileManager.default.removeItem(at: page) }
            let path = page.path(percentEncoded: false)
            let process = try flow.command(["shape", "report", "--config", "{config}", "--json", "--html", path])
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            let json = try #require(process.output.firstIndex(of: "{").map { process.output[$0...] })
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any], "\(process.output)")
            let records = try #require(report["records"] as? [String: Any])
            #expect(records["offered"] as? Int == 300 && records["sent"] as? Int == 300)
            let policies = try #require(report["policies"] as? [[String: Any]])
            let rules = try #require(policies.first?["rules"] as? [[String: Any]])
            // Canaries are counted nowhere but as canaries.
            #expect(rules.map { $0["hits"] as? Int } == [300, 0, 300])
            #expect(policies.first?["unlistedPlaces"] as? Int == 300)
            #expect((report["scan"] as? [String: Any])?["records"] as? Int == 300)
            #expect(((report["canary"] as? [String: Any])?["shots"] as? Int ?? 0) >= 1)
            #expect((report["findings"] as? [Any])?.isEmpty == true && report["isOver"] as? Bool == true)
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.contains("$.never") && html.contains("Nothing was found") && !html.contains("@example.org"))
        }

        @Test(arguments: [
            ("{ canary: 20s, scan: off }", ProofFinding.Means.canary), ("{ canary: off, scan: 100% }", .scan),
        ])
        func `a rule that is switched off behind the tool's back is found, and the flow is stopped within 60 s`(
            verify: String, means: ProofFinding.Means
        ) throws {
            let flow = try MirrorFlow(delivery: .atLeastOnce, settings: ["shape": Self.shape(verify)])
            // Of so many, each process holds some.
            try flow.source.create(flow.topic, partitions: MirrorFlow.proofPartitions)
            let lever = Lever()
            ActionHook.wrap.withLock { $0 = { SwitchedAction($0, $1, lever) } }
            defer { ActionHook.wrap.withLock { $0 = nil } }
            let run = try FlowRun(flow.definition)
            // It is whole, and holds the other half.
            let other = try flow.start(instance: "other")
            try flow.eventually("each holds a half") {
                run.runner.snapshot.lanes.flatMap(\.partitions).count == 6 && other.output.contains("slots claimed")
            }
            try flow.load(0..<400)
            try flow.eventually("records arrive from both") {
                (try? flow.arrived.count) == 400 && run.runner.snapshot.recordsDelivered > 0
            }
            #expect(run.ending == nil)

            lever.isOff.store(true, ordering: .relaxed)
            let began = Date.now
            var loaded = 400
            while run.ending == nil, Date.now.timeIntervalSince(began) < 90 {
                // A canary finds it without any record.
                if means == .scan {
                    try flow.load(loaded..<(loaded + 20))
                    loaded += 20
                }
                Thread.sleep(forTimeInterval: 0.2)
            }
            let seconds = Date.now.timeIntervalSince(began)
            report(
                "a rule switched off was found by the \(means.rawValue), and the flow ended, after \(seconds.formatted) s"
            )
            #expect(
                run.ending?.contains("is not sanitized: rule 1, $.email, stands in the value") == true, "\(flow.logs)")
            #expect(seconds < 60)
            // Nothing that leaks was handed on.
            #expect(try !flow.arrived.contains { String(decoding: $0, as: UTF8.self).contains("@example.org") })
            // The other process has stopped, too, for its rules may be broken in the same way.
            #expect(other.waitForLine(containing: "everything is stopped", seconds: 30) != nil, "\(flow.logs)")
            Thread.sleep(forTimeInterval: 1)
            let held = try flow.arrived.count
            try flow.load(10_000..<10_100)
            Thread.sleep(forTimeInterval: 3)
            #expect(try flow.arrived.count == held, "\(flow.logs)")
            let told = try flow.command(["shape", "report", "--config", "{config}"])
            #expect(told.waitForExit(seconds: 60)?.code == 1, "\(flow.logs)")
            #expect(told.output.contains("FOUND by the \(means.rawValue)"), "\(told.output)")

            // Where the rule holds again everything goes on, in front of what was not handed on.
            other.terminate()
            #expect(other.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            #expect(
                try flow.command(["rate", "--config", "{config}", "--resume"]).waitForExit(seconds: 60)?.code == 0)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let ids = Set(try flow.arrived.map { Self.id($0) })
            #expect(ids == Set(Array(0..<loaded) + Array(10_000..<10_100)), "\(flow.logs)")
            #expect(try !flow.arrived.contains { String(decoding: $0, as: UTF8.self).contains("@example.org") })
        }

        private static func id(_ value: [UInt8]) -> Int? {
            (try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any])?["id"] as? Int
        }

        /// It is there before any record comes: nothing is sent at all.
        @Test func `a rule that never worked is found before the first record is sent`() throws {
            let flow = try MirrorFlow(settings: ["shape": Self.shape("{ scan: off }")])
            try flow.source.create(flow.topic, partitions: MirrorFlow.proofPartitions)
            try flow.load(0..<100)
            let lever = Lever()
            lever.isOff.store(true, ordering: .relaxed)
            ActionHook.wrap.withLock { $0 = { SwitchedAction($0, $1, lever) } }
            defer { ActionHook.wrap.withLock { $0 = nil } }
            let run = try FlowRun(flow.definition)
            try flow.eventually("it ends") { run.ending != nil }
            #expect(run.ending?.contains("a canary for \(flow.topic) is not sanitized") == true)
            #expect(try flow.arrived.isEmpty)
        }
    }
}

/// Switches a rule off.
private final class Lever: Sendable {
    let isOff = Atomic(false)
}

/// Lets addresses pass as they are once its lever is thrown.
private final class SwitchedAction: FieldAction {
    private let isEmail: Bool
    private let honest: any FieldAction
    private let lever: Lever

    init(_ action: SanitizeAction, _ honest: any FieldAction, _ lever: Lever) {
        if case .email = action { isEmail = true } else { isEmail = false }
        self.honest = honest
        self.lever = lever
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard isEmail, lever.isOff.load(ordering: .relaxed) else {
            return honest.apply(to: field, kind: kind, context: context, into: &out)
        }
        for index in field.indices { out.append(field[index]) }
        return .text
    }
}

/// A flow inside this process, where its rules can be reached.
private final class FlowRun: Sendable {
    let runner: FlowRunner
    private let ended = Mutex<String?>(nil)

    init(_ flow: FlowDefinition) throws {
        let runner = FlowRunner(flow: flow, instance: "inside", once: false, logger: Logger(level: .warning))
        self.runner = runner
        let thread = Thread { [self] in
            do throws(FlowFault) {
                try runner.run()
                ended.withLock { $0 = "in good order" }
            } catch {
                ended.withLock { $0 = "\(error)" }
            }
        }
        thread.start()
    }

    deinit { runner.stop() }

    var ending: String? { ended.withLock { $0 } }
}

extension MirrorFlow {
    fileprivate static let proofPartitions: Int32 = 12

    /// As a process of its own reads it.
    fileprivate var definition: FlowDefinition {
        get throws {
            try MirrorConfiguration.load(
                bytes: Array(configuration.utf8), name: "flow.yaml", environment: [:],
                propertyRefusal: ClientConfiguration.refusal
            ).flows[0]
        }
    }

    fileprivate func load(_ numbers: Range<Int>) throws {
        try source.produce(
            numbers.map { number in
                let value = #"{"id":\#(number),"email":"ada.\#(number)@example.org","note":"about ada \#(number)"}"#
                return LoadRecord(
                    TopicPartition(topic, Int32(number) % Self.proofPartitions), key: Array("ada \(number)".utf8),
                    value: Array(value.utf8))
            })
    }

    fileprivate var arrived: [[UInt8]] {
        get throws {
            let isThere = try destination.admin().topic(topic, timeoutMilliseconds: 10_000)?.code == 0
            return isThere ? try destination.records(of: topic).flatMap { $0 }.compactMap(\.value) : []
        }
    }
}
