import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// What appears while the mirror runs is mirrored from its first record, and soon.
    @Suite(.serialized)
    struct Growth {
        /// From the first record in the source to the first one in the destination.
        private static let promisedSeconds = 5.0

        @Test(arguments: Delivery.allCases)
        func `a new topic and new partitions are mirrored from their first record, under load`(
            delivery: Delivery
        ) throws {
            let stem = Clusters.uniqueName("grow")
            let flow = try MirrorFlow(topics: ["\(stem)-(busy|late|wide)"], delivery: delivery)
            let busy = try MirrorLoad(
                flow, topic: "\(stem)-busy", partitions: 4, ratePerSecond: 2_000, total: .max / 2)
            let wide = "\(stem)-wide"
            try flow.source.create(wide, partitions: 2)
            busy.start()
            _ = try flow.start()
            try busy.awaitReceived(1_000)

            let late = try MirrorLoad(flow, topic: "\(stem)-late", partitions: 3, ratePerSecond: 500, total: 2_000)
            try expectFirstRecord(of: late, in: 0..<3, "new topic, \(delivery.rawValue)")

            try flow.source.grow(wide, to: 5)
            let grown = try MirrorLoad(
                flow, topic: wide, partitions: 5, creating: false, ratePerSecond: 500, total: 2_000)
            try expectFirstRecord(of: grown, in: 2..<5, "new partitions, \(delivery.rawValue)")

            busy.stop()
            for load in [busy, late, grown] {
                let verdict = try load.verdict()
                #expect(verdict.isClean(.exactlyOnce), "\(load.topic): \(verdict.summary)\n\(flow.logs)")
            }
        }

        private func expectFirstRecord(of load: MirrorLoad, in partitions: Range<Int32>, _ what: String) throws {
            let places = partitions.map { TopicPartition(load.topic, $0) }
            load.start()
            try load.flow.eventually("the source takes records") { load.acknowledged > 0 }
            let begin = Date.now
            try load.flow.eventually("every new partition has a record in the destination") {
                places.allSatisfy { place in (try? load.flow.destination.end(of: place)).map { $0 > 0 } ?? false }
            }
            let seconds = Date.now.timeIntervalSince(begin)
            report("\(what): first records in the destination after \(seconds.formatted) s")
            #expect(seconds < MirrorScale.bound(Self.promisedSeconds, else: 60))
        }
    }
}
