import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

/// Which of a flow's own topics goes, and whether somebody makes it anew at once.
struct LedgerLossCase: Sendable, CustomTestStringConvertible {
    let delivery: Delivery
    let suffix: String
    let isMadeAnew: Bool

    static let all = [
        LedgerLossCase(delivery: .exactlyOnce, suffix: "positions", isMadeAnew: false),
        LedgerLossCase(delivery: .atLeastOnce, suffix: "control", isMadeAnew: false),
        LedgerLossCase(delivery: .exactlyOnce, suffix: "control", isMadeAnew: true),
    ]

    var testDescription: String {
        "\(delivery.rawValue), \(suffix) \(isMadeAnew ? "deleted and made anew" : "deleted")"
    }
}

extension MirrorTests {
    /// What a flow remembers goes while it runs, in a cluster that makes topics for everybody who asks.
    @Suite(.serialized)
    struct LedgerLoss {
        @Test(arguments: LedgerLossCase.all)
        func `all processes of the flow end, make nothing anew, and do not start again on a guess`(
            wanted: LedgerLossCase
        ) throws {
            let flow = try MirrorFlow(
                to: MirrorClusters.third, delivery: wanted.delivery, settings: ["start": "earliest"])
            let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: 1_000, total: .max / 2)
            load.start()
            let processes = try ["one", "two"].map { try flow.start(instance: $0) }
            try load.awaitReceived(2_000)
            let topic = "martlet.\(flow.name).\(wanted.suffix)"
            let partitions = try flow.destination.admin().topic(topic, timeoutMilliseconds: 10_000)?.partitions.count
            let begin = Date.now
            try flow.destination.delete(topic)
            if wanted.isMadeAnew {
                try flow.destination.create(topic, partitions: Int32(try #require(partitions)))
            }
            for process in processes {
                #expect(process.waitForExit(seconds: 60)?.code == 1, "\(flow.logs)")
                let line = process.waitForLine(containing: "the flow ended", seconds: 0)
                #expect(line?.contains(topic) == true && line?.contains("martlet positions import") == true)
            }
            report(
                "\(wanted.testDescription): both processes had ended after \(Date.now.timeIntervalSince(begin).formatted) s"
            )
            load.stop()
            if !wanted.isMadeAnew {
                #expect(try flow.destination.admin().topic(topic, timeoutMilliseconds: 10_000) == nil)
            }
            let ends = try (0..<4).map { try flow.destination.end(of: TopicPartition(flow.topic, $0)) }
            let again = try flow.start(instance: "three")
            #expect(again.waitForExit(seconds: 60)?.code == 1, "\(flow.logs)")
            #expect(again.output.contains("martlet positions import"), "\(flow.logs)")
            #expect(try (0..<4).map { try flow.destination.end(of: TopicPartition(flow.topic, $0)) } == ends)
        }
    }
}
