import Dispatch
import Foundation
import Model
import RdKafka
import Synchronization

/// Which partitions one of several consumers reads: partition p belongs to share `p mod count`. No group, so no
/// rebalance, and a consumer that starts again reads everything again.
package struct PartitionShare: Sendable, Equatable {
    /// From 1 on.
    package let number: Int
    package let count: Int

    package static let all = PartitionShare(number: 1, count: 1)

    private init(number: Int, count: Int) {
        self.number = number
        self.count = count
    }

    /// `2/3`: the second of three.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], (1...10_000).contains(count),
            (1...count).contains(number)
        else { return nil }
        self.init(number: number, count: count)
    }

    package func holds(_ partition: Int) -> Bool { partition % count == number - 1 }
}

/// Reads one topic along on a thread of its own and keeps live figures, without a ledger.
package final class Consumer: Sendable {
    private static let turnMax = 4_096

    package let topic: String
    private let source: Mutex<Source?>
    private let shared = Mutex(ConsumerProgress())
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    private struct Source: ~Copyable {
        var log: TopicLog
        var tally: StreamTally
    }

    /// - Parameters:
    ///   - sourceTopic: where the load went, when the mirror renames.
    ///   - fromBeginning: else only what comes from now on.
    package init(
        bootstrap: String, properties: [ClientProperty] = [], topic: String, sourceTopic: String? = nil,
        isolation: Isolation, share: PartitionShare = .all, fromBeginning: Bool = true
    ) throws(KafkaFault) {
        let log = try TopicLog(
            bootstrap: bootstrap, properties: properties, topic: topic, isolation: isolation,
            clientID: "martlet-verify-consume",
            start: { share.holds($0) ? (fromBeginning ? TopicLog.beginning : TopicLog.end) : nil })
        let tally = StreamTally(sourceTopic: sourceTopic ?? topic, fromBeginning: fromBeginning)
        source = Mutex(Source(log: log, tally: tally))
        self.topic = topic
    }

    package var progress: ConsumerProgress { shared.withLock { $0 } }

    /// Call once.
    package func start() {
        let thread = Thread { [self] in
            read()
            ended.signal()
        }
        thread.name = "verify-consume"
        thread.start()
    }

    package func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// - Returns: whether reading has ended within the time.
    package func wait(timeoutSeconds: Double) -> Bool {
        guard ended.wait(timeout: .now() + timeoutSeconds) == .success else { return false }
        ended.signal()
        return true
    }

    private func read() {
        guard var source = source.withLock({ $0.take() }) else { preconditionFailure("a consumer starts once") }
        var latency = Histogram()
        var gapsNoted = LoadClock.nowNanoseconds
        while !isStopping.load(ordering: .relaxed) {
            latency.removeAll()
            readTurn(&source, &latency)
            let now = LoadClock.nowNanoseconds
            let gaps = now - gapsNoted > 1_000_000_000 ? source.tally.gaps(upTo: 20) : nil
            if gaps != nil { gapsNoted = now }
            shared.withLock { progress in
                progress.counts = source.tally.counts
                progress.streams = source.tally.streams
                progress.partitions = source.log.partitionCount
                progress.faults = source.log.faults
                progress.latency.add(latency)
                if let gaps { progress.gaps = gaps }
            }
        }
        shared.withLock { $0.gaps = source.tally.gaps(upTo: 20) }
    }

    private func readTurn(_ source: inout Source, _ latency: inout Histogram) {
        source.log.lookForPartitions()
        var left = Self.turnMax
        var now: Int64?
        while left > 0, let record = source.log.next(waitMilliseconds: now == nil ? 50 : 0) {
            left -= 1
            let instant = now ?? LoadClock.nowWallNanoseconds
            now = instant
            let arrival = Arrival(
                partition: record.partition, offset: record.offset,
                timestampMilliseconds: record.timestampMilliseconds, headers: record.headers)
            let intended = record.withBytes { key, value in
                source.tally.observe(arrival, key: key, value: value)
            }
            if let intended { latency.record(microseconds: (instant - intended) / 1_000) }
        }
    }
}

/// A consumer's run so far.
package struct ConsumerProgress: Sendable {
    package fileprivate(set) var counts = StreamTally.Counts()
    /// From the intended sending to the reading, by the two machines' calendars.
    package fileprivate(set) var latency = Histogram()
    package fileprivate(set) var streams = 0
    package fileprivate(set) var partitions = 0
    /// The first ones, about a second old.
    package fileprivate(set) var gaps: [StreamTally.Gap] = []
    package fileprivate(set) var faults: [String] = []

    package init() {}
}
