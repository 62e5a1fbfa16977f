import Model
import RdKafka
import Records
import Testing

@Suite struct TransactionTests {
    private let timeout: Int32 = 30_000

    private func transactional(_ cluster: MockCluster) throws -> RecordProducer {
        try cluster.producer(["transactional.id": "flow.a.0", "transaction.timeout.ms": "60000"])
    }

    /// A membership of `martlet.flow` that holds the positions topic's partitions.
    private func joined(_ cluster: MockCluster) throws -> GroupMember {
        let member = try cluster.member("a")
        try member.subscribe()
        try eventually("the member holds something") {
            guard case .assigned(let partitions) = member.poll(waitMilliseconds: 50) else { return false }
            member.confirmAssign(partitions)
            return !partitions.isEmpty
        }
        return member
    }

    @Test func `a transaction carries records and the group's word`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: 2, replicationFactor: 1)
        let member = try joined(cluster)
        var producer = try transactional(cluster)
        try producer.initTransactions(timeoutMilliseconds: timeout)
        for ticket in 0..<3 as Range<Int32> {
            try producer.beginTransaction()
            try producer.produce(
                OwnRecord(topic: "positions", partition: 1, key: [1], value: [UInt8(ticket)]), ticket: ticket)
            try producer.flush(timeoutMilliseconds: timeout)
            try producer.sendOffsets(
                topic: "positions", partitions: [0, 1], metadata: member.metadata(), timeoutMilliseconds: timeout)
            try producer.commitTransaction(timeoutMilliseconds: timeout)
        }
        let tickets = producer.takeLedgerReports().map(\.ticket)
        #expect(tickets == [0, 1, 2])
        #expect(member.coordinatorAnswers(timeoutMilliseconds: timeout))
        member.close()
    }

    @Test func `a refused generation asks for an abort, and the next transaction goes through`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: 1, replicationFactor: 1)
        let member = try joined(cluster)
        let producer = try transactional(cluster)
        try producer.initTransactions(timeoutMilliseconds: timeout)
        try producer.beginTransaction()
        let txnOffsetCommit: Int16 = 28
        let illegalGeneration: Int32 = 22
        cluster.pushErrors(apiKey: txnOffsetCommit, codes: [illegalGeneration])
        let fault = #expect(throws: KafkaFault.self) {
            try producer.sendOffsets(
                topic: "positions", partitions: [0], metadata: member.metadata(), timeoutMilliseconds: timeout)
        }
        #expect(fault?.name == "ILLEGAL_GENERATION" && fault?.requiresAbort == true && fault?.isFatal == false)
        try producer.abortTransaction(timeoutMilliseconds: timeout)
        try producer.beginTransaction()
        try producer.sendOffsets(
            topic: "positions", partitions: [0], metadata: member.metadata(), timeoutMilliseconds: timeout)
        try producer.commitTransaction(timeoutMilliseconds: timeout)
        member.close()
    }

    @Test func `a fenced producer says that it is finished`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: 1, replicationFactor: 1)
        var producer = try transactional(cluster)
        try producer.initTransactions(timeoutMilliseconds: timeout)
        let sound = producer.fatalFault
        #expect(sound == nil)
        try producer.beginTransaction()
        try producer.produce(OwnRecord(topic: "positions", partition: 0, key: [1], value: [1]), ticket: 1)
        try producer.flush(timeoutMilliseconds: timeout)
        let endTransaction: Int16 = 26
        let producerFenced: Int32 = 90
        cluster.pushErrors(apiKey: endTransaction, codes: [producerFenced])
        let fault = #expect(throws: KafkaFault.self) { try producer.commitTransaction(timeoutMilliseconds: timeout) }
        #expect(fault?.isFatal == true)
        let finished = producer.fatalFault
        #expect(finished?.isFatal == true)
    }

    @Test func `an aborted transaction reports what it had not sent yet`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: 1, replicationFactor: 1)
        var producer = try cluster.producer(["transactional.id": "flow.a.0", "linger.ms": "30000"])
        try producer.initTransactions(timeoutMilliseconds: timeout)
        try producer.beginTransaction()
        try producer.produce(OwnRecord(topic: "positions", partition: 0, key: [1], value: [1]), ticket: 5)
        try producer.abortTransaction(timeoutMilliseconds: timeout)
        let reports = producer.takeLedgerReports()
        #expect(reports.map(\.ticket) == [5] && reports.allSatisfy { $0.code != 0 && $0.offset < 0 })
    }
}
