import Foundation
import KafkaPorts
import Model
import RdKafka

/// What must hold before the first record goes anywhere, where a flow says so: `shape.guard`. Each answer is a refusal
/// with what was found, or `nil`.
///
/// It looks at the live clusters and not at what the configuration calls them: a wrong address is the mistake that it is
/// there for.
package struct GuardRails {
    private let flow: FlowDefinition

    package init(_ flow: FlowDefinition) {
        self.flow = flow
    }

    private var guards: GuardDefinition { flow.shape.guards }

    /// Before anything else: what needs no cluster.
    package func refusal(at date: Date = Date()) -> FlowFault? {
        if let expiry = guards.expiresAt, Int64(date.timeIntervalSince1970 * 1_000) >= expiry {
            return FlowFault(
                "the flow has expired (shape.guard.expires-at)",
                remedy: "set a later instant where the copy is still wanted")
        }
        return guards.productionWord(in: flow.destination.bootstrap).map { word in
            FlowFault(
                "the destination's address looks like production: \(flow.destination.bootstrap) holds \"\(word)\"",
                remedy: "name the test cluster; or take the word out of shape.guard.looks-like-production")
        }
    }

    /// - Parameter destinationID: as the destination told it.
    package func refusal(destinationID: String) -> FlowFault? {
        guard !guards.allowedClusterIDs.isEmpty, !guards.allowedClusterIDs.contains(destinationID) else { return nil }
        return FlowFault(
            "the destination is cluster \(destinationID), which shape.guard.allowed-cluster-ids does not name",
            remedy: "see that the destination's address is the one that is meant; then add its id")
    }

    /// Whether the destination's marker says what it should. Its newest record counts.
    package func refusalByMarker(
        _ destination: AdminClient, _ clients: FlowClients
    ) throws(KafkaFault) -> FlowFault? {
        guard let marker = guards.environmentMarker else { return nil }
        let topic = try destination.topic(marker.topic, timeoutMilliseconds: Self.timeoutMilliseconds)
        guard let topic, topic.code == 0, !topic.partitions.isEmpty else {
            return FlowFault(
                "the destination has no topic \(marker.topic) that would say which environment it is",
                remedy:
                    "make it there, with one record whose value is \"\(marker.equals)\"; or see whether the address is "
                    + "the one that is meant")
        }
        let newest = try newestValue(of: topic, destination, clients)
        guard let newest else {
            return FlowFault(
                "the destination's topic \(marker.topic) is empty and says nothing of the environment",
                remedy: "write a record with the value \"\(marker.equals)\" into it, where it is the right cluster")
        }
        guard newest == Array(marker.equals.utf8) else {
            return FlowFault(
                "the destination's topic \(marker.topic) does not say \"\(marker.equals)\"",
                remedy: "see that the destination's address is the one that is meant")
        }
        return nil
    }

    private func newestValue(
        of topic: TopicMetadata, _ destination: AdminClient, _ clients: FlowClients
    ) throws(KafkaFault) -> [UInt8]? {
        var newest: LogRecord?
        for place in topic.partitions.map({ TopicPartition(topic.name, $0.number) }) {
            let bounds = try destination.watermarks(of: place, timeoutMilliseconds: Self.timeoutMilliseconds)
            guard bounds.high > bounds.low else { continue }
            var reader = try LogReader(clients.ledgerReader(.readCommitted), log: clients.logger("marker"))
            // The end may be markers of transactions: some records before it are enough.
            try reader.assign([place: max(bounds.low, bounds.high - 100)])
            let deadline = Instant.now.advanced(milliseconds: Int64(Self.timeoutMilliseconds))
            var isOver = false
            while !isOver, Instant.now < deadline {
                for event in reader.poll(waitMilliseconds: 50, upTo: 200) {
                    switch event {
                    case .record(let record):
                        if newest.map({ $0.timestampMilliseconds <= record.timestampMilliseconds }) ?? true {
                            newest = record
                        }
                    case .endOfPartition: isOver = true
                    case .fault(_, let fault): throw fault
                    }
                }
            }
        }
        return newest?.value
    }

    private static let timeoutMilliseconds: Int32 = 5_000
}
