import Engine
import Log
import Model
import RdKafka
import Records
import Testing

@testable import KafkaPorts

/// The transactional producer of a lane, before a group that refuses its fence as it does while it moves.
@Suite struct LedgerProducerTests {
    private static let produce: Int16 = 0
    private static let txnOffsetCommit: Int16 = 28
    private static let illegalGeneration: Int32 = 22
    private static let requestTimedOut: Int32 = 7

    private let cluster: MockCluster
    private let clients: FlowClients
    private let member: GroupMember
    private let ledger: LedgerProducer

    init() throws {
        cluster = try MockCluster(brokers: 1)
        var flow = FlowDefinition(
            name: "f", source: ClusterDefinition(name: "a", bootstrap: ""),
            destination: ClusterDefinition(name: "b", bootstrap: cluster.bootstrap), topics: [])
        flow.delivery = .exactlyOnce
        try cluster.createTopic(flow.positionsTopic, partitions: 12, replicationFactor: 1)
        clients = FlowClients(flow: flow, instance: "me", logger: Logger(sink: { _ in }))
        member = try GroupMember(clients.member(), topic: flow.positionsTopic) { _ in }
        ledger = try LedgerProducer(clients: clients, transactionalID: "t", vitals: LaneVitals())
    }

    private func transact(_ reports: inout ReportBatch) throws(DestinationFault) -> TransactionOutcome {
        var transaction = LedgerTransaction()
        transaction.fenced = Set((0..<12).map { Slot($0) })
        transaction.records = transaction.fenced.map { slot in
            LedgerRecord(.slot(slot), key: Array("t/\(slot.number)".utf8), value: Array("1".utf8))
        }
        return try ledger.transact(transaction, reports: &reports) { () throws(DestinationFault) in
            try ledger.sendFence(transaction.fenced, member.metadata())
        }
    }

    private func written() throws -> Int64 {
        let admin = try AdminClient(
            clients.admin(of: clients.flow.destination, isolation: .readUncommitted)
        ) { _ in }
        let slots = (0..<12).map { TopicPartition(clients.flow.positionsTopic, $0) }
        let ends = try admin.offsets(of: slots, at: .latest, timeoutMilliseconds: 10_000)
        return try ends.values.reduce(0) { $0 + (try $1.get()) }
    }

    /// Those that an abort finds in the queue are purged, and librdkafka then wants a new epoch: half a second.
    @Test func `no record is in the queue when the group refuses the fence`() throws {
        var reports = ReportBatch(capacity: 1)
        // Records that are to be sent once more are in the queue for a while.
        cluster.pushErrors(apiKey: Self.produce, codes: [Self.requestTimedOut])
        cluster.pushErrors(apiKey: Self.txnOffsetCommit, codes: [Self.illegalGeneration])
        let fault = #expect(throws: DestinationFault.self) { try transact(&reports) }
        #expect(fault?.cure == .abort)
        try ledger.abort(reports: &reports)
        #expect(try written() == 12)
        #expect(try transact(&reports) == .committed)
        #expect(try written() == 24)
    }
}
