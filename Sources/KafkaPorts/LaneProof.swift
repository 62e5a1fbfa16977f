import Model
import RdKafka
import Records
import Shaping
import Synchronization

/// The proof of one lane's sanitizing, on the lane's thread: canaries through each of its sanitizers, a search of some of
/// the records that it is about to hand on, and what its rules have done so far.
struct LaneProof: ~Copyable {
    private let verify: VerifyDefinition
    private let board: ProofBoard
    private let lane: Int
    private var topics: [String: Topic] = [:]
    /// Topics whose canary has not flown yet.
    private var fresh: [String] = []
    /// The others, in turns: the one at `nextTopic` has waited longest.
    private var order: [String] = []
    private var nextTopic = 0
    /// The record that comes when this has counted down is searched: the first one, and then one by chance.
    private var untilScan = 1
    private var toldAt = Instant(nanoseconds: 0)

    private struct Topic {
        let policy: Int
        let sanitizer: TopicSanitizer
        let scan: LeakScan
        let canary: Canary
        var shotAt = Instant(nanoseconds: 0)
        /// What the sanitizer has counted of canaries.
        var canaryCounts: SanitizeCounts
    }

    private static let tellMilliseconds: Int64 = 1_000

    init(_ verify: VerifyDefinition, board: ProofBoard) {
        self.verify = verify
        self.board = board
        lane = board.join()
    }

    deinit { tell() }

    /// A topic's sanitizer was made.
    mutating func open(
        _ shaper: TopicShaper, _ shape: ShapeDefinition, _ spaces: IdentitySpaces?
    ) throws(ShapeFault) {
        guard let sanitizer = shaper.sanitizer, let number = shaper.policy, let spaces, let sanitize = shape.sanitize
        else { return }
        let policy = sanitize.policies[number]
        let scan = try LeakScan(policy, spaces: spaces)
        topics[shaper.topic] = Topic(
            policy: number, sanitizer: sanitizer, scan: scan, canary: Canary(policy, scan: scan),
            canaryCounts: SanitizeCounts(rules: policy.rules.count))
        fresh.append(shaper.topic)
    }

    /// Between records, many times a second. Before a topic's first record comes, its canary has flown; then one at most
    /// flies at a time, so that thousands of topics hold nobody up.
    mutating func attend(at now: Instant) {
        if let canaryMilliseconds = verify.canaryMilliseconds, !board.isAlarmed {
            while let topic = fresh.popLast() {
                shoot(topic, at: now)
                order.insert(topic, at: nextTopic)
                nextTopic = (nextTopic + 1) % order.count
            }
            if !order.isEmpty, now.milliseconds(since: topics[order[nextTopic]]!.shotAt) >= canaryMilliseconds {
                shoot(order[nextTopic], at: now)
                nextTopic = (nextTopic + 1) % order.count
            }
        }
        guard now.milliseconds(since: toldAt) >= Self.tellMilliseconds else { return }
        toldAt = now
        tell()
    }

    private mutating func shoot(_ name: String, at now: Instant) {
        let topic = topics[name]!
        topics[name]!.shotAt = now
        let before = topic.sanitizer.counts
        let answer = topic.canary.shoot(through: topic.sanitizer)
        topics[name]!.canaryCounts = topic.canaryCounts.adding(topic.sanitizer.counts.since(before))
        switch answer {
        case .silent: board.noteShot(isAnswered: true)
        case .unanswered: board.noteShot(isAnswered: false)
        case .found(let leak): board.raise(ProofFinding(.canary, topic: name, leak: leak))
        }
    }

    private func tell() {
        var counts: [Int: SanitizeCounts] = [:]
        for topic in topics.values {
            let ofRecords = topic.sanitizer.counts.since(topic.canaryCounts)
            counts[topic.policy] = counts[topic.policy].map { $0.adding(ofRecords) } ?? ofRecords
        }
        board.note(counts, ofLane: lane)
    }

    // MARK: Records

    /// Whether the next record is to be searched. Costs one subtraction for those that are not.
    mutating func isDue() -> Bool {
        guard verify.scanRatio > 0 else { return false }
        untilScan -= 1
        guard untilScan <= 0 else { return false }
        untilScan = verify.scanRatio >= 1 ? 1 : .random(in: 1...max(1, Int(2 / verify.scanRatio) - 1))
        return true
    }

    /// Whether something stands in `sent` that should not pass. The alarm is raised then, and it must not be handed on.
    ///
    /// - Parameter addedHeaders: how many at the end are the flow's own.
    func leaks(_ sent: Read, of partition: TopicPartition, _ context: FieldContext, addedHeaders: Int) -> Bool {
        guard let topic = topics[partition.topic] else { return false }
        var after = SampleRecord(RecordView(asSent: sent))
        after.headers.removeLast(min(addedHeaders, after.headers.count))
        board.noteScan()
        let before = SampleRecord(RecordView(sent))
        guard let leak = topic.scan.finding(from: before, in: after, context: context) else { return false }
        board.raise(
            ProofFinding(
                .scan, topic: partition.topic, partition: partition.partition, offset: sent.offset, leak: leak))
        return true
    }
}

extension SampleRecord {
    fileprivate init(_ view: RecordView) {
        func bytes(_ span: Span<UInt8>?) -> [UInt8]? {
            guard let span else { return nil }
            return span.indices.map { span[$0] }
        }
        self.init(
            timestampMilliseconds: view.timestampMilliseconds, key: view.withKey(bytes), value: view.withValue(bytes))
        var headers: [RecordHeader] = []
        view.forEachHeader { name, value in
            headers.append(RecordHeader(name: bytes(name) ?? [], value: bytes(value)))
            return true
        }
        self.headers = headers
    }
}

/// For tests of the proof, which switch rules off behind its back: what is put in the place of a lane's actions. Nothing in
/// the program sets it.
package enum ActionHook {
    package typealias Wrap = @Sendable (SanitizeAction, any FieldAction) -> any FieldAction

    package static let wrap = Mutex<Wrap?>(nil)

    static var current: Wrap { wrap.withLock { $0 } ?? { @Sendable in $1 } }
}
