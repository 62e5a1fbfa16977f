import CRdKafka
import Model

/// Transactions, as KIP-98 and KIP-447 have them. Delivery reports are served inside commit and abort, too.
extension RecordProducer {
    /// Fences whoever used the `transactional.id` before, and aborts what they left open.
    package func initTransactions(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_init_transactions", rd_kafka_init_transactions(client.pointer, timeoutMilliseconds),
            on: "the producer")
    }

    package func beginTransaction() throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_begin_transaction", rd_kafka_begin_transaction(client.pointer), on: "the producer")
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
        try unsafe KafkaFault.check(
            "rd_kafka_commit_transaction", rd_kafka_commit_transaction(client.pointer, timeoutMilliseconds),
            on: "the producer")
    }

    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_abort_transaction", rd_kafka_abort_transaction(client.pointer, timeoutMilliseconds),
            on: "the producer")
    }
}
