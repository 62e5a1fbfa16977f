import MetricsText

/// The figures of `verify produce` and `verify consume` in Prometheus' text format: under the names that
/// kafka-mirror-tester gave them, so that its dashboards go on working, and under our own, with units.
package enum VerifyMetrics {
    /// Milliseconds. The old histogram began at 1,000.
    private static let latencyBounds: [Int64] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000,
    ]

    package static func text(of consumers: [(topic: String, progress: ConsumerProgress)]) -> String {
        var page = MetricsPage()
        var (all, latency) = (StreamTally.Counts(), Histogram())
        for consumer in consumers {
            all.add(consumer.progress.counts)
            latency.add(consumer.progress.latency)
        }
        addOldNames(all, latency, to: &page)
        func byTopic(_ field: KeyPath<StreamTally.Counts, Int64>) -> [(labels: MetricsPage.Labels, value: Double)] {
            consumers.map { (["topic": $0.topic], Double($0.progress.counts[keyPath: field])) }
        }
        page.counter("martlet_verify_consumed_records_total", "Records read.", byTopic(\.consumed))
        page.counter("martlet_verify_consumed_bytes_total", "Bytes of keys and values read.", byTopic(\.bytes))
        page.gauge(
            "martlet_verify_missing_records", "Sequences below the highest of their stream that have not come.",
            byTopic(\.missing))
        page.counter(
            "martlet_verify_duplicated_records_total", "Appearances beyond the first.", byTopic(\.duplicated))
        page.counter(
            "martlet_verify_reordered_records_total", "First appearances after a later sequence.", byTopic(\.reordered))
        page.counter(
            "martlet_verify_unidentified_records_total", "Records of no known format.", byTopic(\.strangers))
        page.gauge(
            "martlet_verify_streams", "Rows of sequences seen: partitions, or keys of an id.",
            consumers.map { (["topic": $0.topic], Double($0.progress.streams)) })
        page.histogram(
            "martlet_verify_latency_seconds", "From the intended sending to the reading.",
            buckets: latencyBounds.map { (Double($0) / 1_000, latency.count(upToMicroseconds: $0 * 1_000)) },
            sum: Double(latency.sumMicroseconds) / 1e6, count: latency.count)
        return page.text
    }

    private static func addOldNames(_ all: StreamTally.Counts, _ latency: Histogram, to page: inout MetricsPage) {
        page.histogram(
            "message_arrival_latency_hist_ms", "Latency in milliseconds, from the intended sending to the reading.",
            buckets: latencyBounds.map { (Double($0), latency.count(upToMicroseconds: $0 * 1_000)) },
            sum: Double(latency.sumMicroseconds) / 1_000, count: latency.count)
        page.counter("same_message_count", "The highest sequence of its stream once more.", Double(all.same))
        page.counter("old_message_count", "Sequences below the highest of their stream.", Double(all.old))
        page.counter("in_order_message_count", "Sequences one past the highest.", Double(all.inOrder))
        page.counter("skipped_message_count", "Sequences that were jumped over.", Double(all.skipped))
        page.counter("messages_consumed", "Records read.", Double(all.consumed))
        page.counter("bytes_consumed", "Bytes of keys and values read.", Double(all.bytes))
    }

    /// One topic's load as it goes on.
    package struct LoadFigures: Sendable {
        let topic: String
        let partitions: Int
        let progress: LoadProgress
        /// Records that were due and could not be sent, summed over the seconds that fell short by more than a tenth.
        let throttled: Int64

        package init(_ loader: Loader, throttled: Int64) {
            topic = loader.topic
            partitions = loader.partitions
            progress = loader.progress
            self.throttled = throttled
        }
    }

    package static func text(of loads: [LoadFigures]) -> String {
        var page = MetricsPage()
        func sum(_ field: (LoadFigures) -> Int64) -> Double { Double(loads.map(field).reduce(0, +)) }
        page.counter("messages_produced", "Records acknowledged by the source.", sum(\.progress.acknowledged))
        page.counter("bytes_produced", "Bytes of keys and values sent.", sum(\.progress.sentBytes))
        page.gauge("producer_number_of_topics", "Topics.", Double(loads.count))
        page.gauge("producer_number_of_partitions", "Partitions over all topics.", sum { Int64($0.partitions) })
        page.counter(
            "bandwidth_throttled_messages", "Records short of the rate, in seconds with less than 90 % of it.",
            sum(\.throttled))
        page.gauge("in_flight_message_count", "Sent and not answered yet.", sum(\.progress.inFlight))
        page.counter("message_send_errors", "Refused or given up.", sum(\.progress.failed))
        func byTopic(_ field: (LoadFigures) -> Int64) -> [(labels: MetricsPage.Labels, value: Double)] {
            loads.map { (["topic": $0.topic], Double(field($0))) }
        }
        page.counter("martlet_verify_sent_records_total", "Records sent.", byTopic(\.progress.sent))
        page.counter("martlet_verify_sent_bytes_total", "Bytes of keys and values sent.", byTopic(\.progress.sentBytes))
        page.counter(
            "martlet_verify_acknowledged_records_total", "Records that the source has promised to keep.",
            byTopic(\.progress.acknowledged))
        page.counter(
            "martlet_verify_aborted_records_total", "Records of aborted transactions.", byTopic(\.progress.aborted))
        page.counter(
            "martlet_verify_failed_records_total", "Records refused or given up.", byTopic(\.progress.failed))
        page.gauge("martlet_verify_in_flight_records", "Sent and not answered yet.", byTopic(\.progress.inFlight))
        return page.text
    }
}
