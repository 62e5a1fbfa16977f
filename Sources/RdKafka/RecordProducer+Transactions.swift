import CRdKafka
import Model

/// Transactions, as KIP-98 and KIP-447 have them. Delivery reports are served inside commit and abort, too.
extension ClientHandle {
    func initTransactions(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_init_transactions", rd_kafka_init_transactions(pointer, timeoutMilliseconds), on: "the producer")
    }

    func beginTransaction() throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_begin_transaction", rd_kafka_begin_transaction(pointer), on: "the producer")
    }

    func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_commit_transaction", rd_kafka_commit_transaction(pointer, timeoutMilliseconds),
            on: "the producer")
    }

    func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_abort_transaction", rd_kafka_abort_transaction(pointer, timeoutMilliseconds), on: "the producer")
    }
}

extension RecordProducer {
    /// Fences whoever used the `transactional.id` before, and aborts what they left open.
    package func initTransactions(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.handle.initTransactions(timeoutMilliseconds: timeoutMilliseconds)
    }

    package func beginTransaction() throws(KafkaFault) {
        try client.handle.beginTransaction()
    }

    /// The fence: commits offset 0 of each partition in the group. A broker refuses it from a process that is no
    /// member of the group's current generation.
    package func sendOffsets(
        topic: String, partitions: [Int32], metadata: borrowing GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaFault) {
        let list = PartitionList(capacity: partitions.count)
        for partition in partitions { list.add(TopicPartition(topic, partition), offset: 0) }
        try unsafe KafkaFault.check(
            "rd_kafka_send_offsets_to_transaction",
            rd_kafka_send_offsets_to_transaction(
                client.pointer, list.pointer, metadata.pointer, timeoutMilliseconds),
            on: "the group \(metadata.groupID)")
    }

    /// A retriable fault leaves the outcome open: call it again until it is decided.
    package func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.handle.commitTransaction(timeoutMilliseconds: timeoutMilliseconds)
    }

    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.handle.abortTransaction(timeoutMilliseconds: timeoutMilliseconds)
    }
}

/// As for a ``RecordProducer``.
extension LoadProducer {
    package func initTransactions(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.initTransactions(timeoutMilliseconds: timeoutMilliseconds)
    }

    package func beginTransaction() throws(KafkaFault) {
        try client.beginTransaction()
    }

    package func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.commitTransaction(timeoutMilliseconds: timeoutMilliseconds)
    }

    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try client.abortTransaction(timeoutMilliseconds: timeoutMilliseconds)
    }
}
