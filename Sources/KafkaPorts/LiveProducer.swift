import RdKafka

/// A producer in a box that can be absent, touched only on the thread that owns it.
final class LiveProducer {
    var producer: RecordProducer

    init(_ producer: consuming RecordProducer) {
        self.producer = producer
    }
}
