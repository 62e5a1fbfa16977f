import CRdKafka
import Model
import Synchronization

/// The array that batch consumes fill, used again and again; grows to the largest sweep asked for.
@safe struct MessageSweep: ~Copyable {
    private(set) var messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private var capacity = 1

    init() {
        unsafe messages = .allocate(capacity: 1)
    }

    deinit {
        unsafe messages.deallocate()
    }

    /// Fills `messages` from its start and returns how many there are; the caller owns each of them.
    mutating func fill(from queue: OpaquePointer, wanted: Int, waitMilliseconds: Int32) -> Int {
        if wanted > capacity {
            unsafe messages.deallocate()
            unsafe messages = .allocate(capacity: wanted)
            capacity = wanted
        }
        return max(0, unsafe rd_kafka_consume_batch_queue(queue, waitMilliseconds, messages, wanted))
    }
}

/// Ends a wait on a queue from another thread, and knows when the queue is gone.
///
/// `@unchecked Sendable`: the pointer is used and forgotten under the mutex only, and `rd_kafka_queue_yield` may be
/// called from any thread.
@safe final class WakeLink: @unchecked Sendable {
    private let isAlive = Mutex(true)
    private let queue: OpaquePointer

    init(_ queue: OpaquePointer) {
        unsafe self.queue = queue
    }

    func wake() {
        isAlive.withLock { isAlive in
            if isAlive { unsafe rd_kafka_queue_yield(queue) }
        }
    }

    func cut() {
        isAlive.withLock { $0 = false }
    }
}

extension UnsafeMutablePointer<rd_kafka_message_t> {
    var topicPartition: TopicPartition? {
        guard let topic = unsafe pointee.rkt else { return nil }
        return TopicPartition(unsafe String(cString: rd_kafka_topic_name(topic)), unsafe pointee.partition)
    }

    /// The error that this message of a *consumer* stands for. (On a produced message the same accessor would show
    /// the payload.)
    var fault: KafkaFault {
        KafkaFault(
            call: "rd_kafka_consume_batch_queue", code: unsafe pointee.err,
            reason: unsafe cText(rd_kafka_message_errstr(self)),
            subject: unsafe topicPartition?.description ?? "the client")
    }
}
