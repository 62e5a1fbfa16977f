import CRdKafka
import Model

/// Owns one `rd_kafka_topic_partition_list_t`.
///
/// Always built afresh: the elements of a list that a client has seen carry a private pointer of that client, and a
/// second client dies of it.
@safe struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) {
        unsafe self.pointer = rd_kafka_topic_partition_list_new(Int32(capacity))
    }

    deinit {
        unsafe rd_kafka_topic_partition_list_destroy(pointer)
    }

    var count: Int { unsafe Int(pointer.pointee.cnt) }

    func add(_ partition: TopicPartition, offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) {
        unsafe rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition).pointee.offset = offset
    }

    func partition(at index: Int) -> TopicPartition {
        let element = unsafe pointer.pointee.elems[index]
        return TopicPartition(unsafe String(cString: element.topic), unsafe element.partition)
    }

    func offset(at index: Int) -> Int64 { unsafe pointer.pointee.elems[index].offset }

    func code(at index: Int) -> rd_kafka_resp_err_t { unsafe pointer.pointee.elems[index].err }
}
