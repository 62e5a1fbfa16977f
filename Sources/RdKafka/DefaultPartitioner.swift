import CRdKafka

/// Where Kafka's Java producer puts a record that has a key: by a murmur2 hash of it (`BuiltInPartitioner` in Kafka;
/// librdkafka's `partitioner=murmur2` is the same).
package enum DefaultPartitioner {
    /// - Parameters:
    ///   - key: may be empty, which is a key like any other. Records without a key go to any partition.
    ///   - partitions: of the topic; at least 1.
    package static func partition(ofKey key: [UInt8], among partitions: Int) -> Int32 {
        precondition(partitions >= 1, "a topic of \(partitions) partitions")
        // It looks at neither topic nor opaque pointers.
        return unsafe key.withUnsafeBytes { key in
            unsafe rd_kafka_msg_partitioner_murmur2(nil, key.baseAddress, key.count, Int32(partitions), nil, nil)
        }
    }
}
