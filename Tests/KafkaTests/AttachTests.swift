import KafkaHarness
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// `verify attach` between real clusters, with a mirror that it knows nothing of.
    @Suite(.serialized)
    struct Attach {
        @Test func `a running mirror is judged, and no topic is left`() throws {
            let stem = Clusters.uniqueName("attached")
            let flow = try MirrorFlow(topics: ["\(stem)-.*"])
            let process = try flow.start()
            defer { process.kill() }
            var options = options(flow, topic: "\(stem)-1")
            options.seconds = 5
            options.ratePerSecond = 300
            let report = try run(options)
            #expect(report.outcome == .passed, "\(TrialSummary.text(of: report))\n\(process.output)")
            #expect(report.topics.first.map { $0.verdict.counts.received > 0 } == true)
            #expect(try flow.source.admin().topic(options.topic, timeoutMilliseconds: 30_000) == nil)
            #expect(try flow.destination.admin().topic(options.copy, timeoutMilliseconds: 30_000) == nil)
            // The mirror lets go of it, too.
            #expect(process.waitForLine(containing: "source topic gone", seconds: 60) != nil, "\(process.output)")
            let states = process.waitForLine(containing: " gone=", seconds: 90)
            #expect(states?.contains("health=idle") == true, "\(process.output)")
        }

        @Test func `without a mirror there is no verdict, and the topic is gone`() throws {
            let flow = try MirrorFlow()
            var options = options(flow, topic: Clusters.uniqueName("nobodys"))
            options.waitSeconds = 1
            let report = try run(options)
            #expect(report.outcome == .notRun)
            #expect(report.reason == options.remedy(isCopyThere: false))
            #expect(try flow.source.admin().topic(options.topic, timeoutMilliseconds: 30_000) == nil)
        }

        @Test func `topics that are there already are refused, and stay`() throws {
            let flow = try MirrorFlow()
            for cluster in [flow.source, flow.destination] {
                let options = options(flow, topic: Clusters.uniqueName("taken"))
                try cluster.create(options.topic, partitions: 1)
                #expect(throws: AttachFault.self) { try run(options) }
                #expect(try cluster.admin().topic(options.topic, timeoutMilliseconds: 30_000) != nil)
            }
        }

        private func options(_ flow: MirrorFlow, topic: String) -> AttachOptions {
            AttachOptions(
                source: .init(bootstrap: flow.source.bootstrap),
                destination: .init(bootstrap: flow.destination.bootstrap), topic: topic)
        }

        private func run(_ options: AttachOptions) throws -> TrialReport {
            try AttachTrial(options, tell: { _ in }, isCancelled: { false }).run()
        }
    }
}
