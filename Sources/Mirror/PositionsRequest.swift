import KafkaPorts
import Log
import Model
import Positions
import RdKafka

/// Has the positions of stopped partitions set by the processes that run the flow, through its control topic.
///
/// Only the owner of a slot writes its positions, so this asks: one record a partition, which the owner answers under
/// the same key. What is not answered in time is taken back.
package struct PositionsRequest {
    package struct Wish: Hashable, Sendable {
        /// The position that was seen; `nil`: none.
        package let from: Int64?
        package let to: Int64

        package init(from: Int64?, to: Int64) {
            self.from = from
            self.to = to
        }
    }

    package enum Answer: Hashable, Sendable {
        case applied
        case refused(reason: String)
        /// Nobody answered in time, and the request was taken back.
        case silence
        /// Another request for the partition came after this one.
        case replaced
        /// Neither answered nor taken back: the destination no longer takes what is written.
        case unknown
    }

    package static let waitMilliseconds: Int64 = 30_000
    private static let timeoutMilliseconds: Int32 = 10_000

    private let flow: FlowDefinition
    private let clients: FlowClients
    private let wishes: [TopicPartition: Wish]
    private let waitMilliseconds: Int64
    private let id = "r" + String(UInt64.random(in: .min ... .max), radix: 36)

    package init(
        _ flow: FlowDefinition, _ wishes: [TopicPartition: Wish], logger: Logger,
        waitMilliseconds: Int64 = waitMilliseconds
    ) {
        self.flow = flow
        self.waitMilliseconds = waitMilliseconds
        self.wishes = wishes
        clients = FlowClients(flow: flow, instance: "positions-" + id, logger: logger)
    }

    /// Asks, and waits until all is answered, the time is over or somebody wants it to stop.
    ///
    /// - Parameter tell: is given each answer as it comes, besides `silence` and `unknown`.
    /// - Returns: an answer for each partition.
    package func run(
        until isStopping: () -> Bool, tell: (TopicPartition, Answer) -> Void
    ) throws(FlowFault) -> [TopicPartition: Answer] {
        do {
            let admin = try AdminClient(
                clients.admin(of: flow.destination, isolation: .readUncommitted), log: clients.logger("admin"))
            var producer = try LoadProducer(
                clients.requestProducer(timeoutMilliseconds: Self.timeoutMilliseconds), log: clients.logger("request"))
            var following = try Following(self, from: end(admin))
            let asked = wishes.mapValues { SeekRecord(id: id, from: $0.from, to: $0.to).encoded }
            guard try write(asked.mapValues { $0 }, &producer) else {
                _ = try? write(wishes.mapValues { _ in nil }, &producer)
                throw FlowFault(
                    "the request could not be written to \(flow.controlTopic)",
                    remedy: "see whether the destination answers and allows WRITE there, look with `martlet positions "
                        + "show`, and try again")
            }
            let deadline = Instant.now.advanced(milliseconds: waitMilliseconds)
            while following.answers.count < wishes.count, Instant.now < deadline, !isStopping() {
                following.poll(tell)
            }
            return takeBack(&following, &producer, admin, tell)
        } catch let fault as FlowFault {
            throw fault
        } catch {
            throw FlowFault("the destination does not answer: \(error)", remedy: "run `martlet check`")
        }
    }

    /// Takes the requests away, answered or not, and looks whether one was answered at the last moment: an answer whose
    /// transaction is open by then is waited for.
    private func takeBack(
        _ following: inout Following, _ producer: inout LoadProducer, _ admin: AdminClient,
        _ tell: (TopicPartition, Answer) -> Void
    ) -> [TopicPartition: Answer] {
        let own = wishes.keys.filter { following.answers[$0] != .replaced }
        var isTakenBack = (try? write(Dictionary(uniqueKeysWithValues: own.map { ($0, nil) }), &producer)) == true
        if following.answers.count < wishes.count {
            following.noteTakenBack()
            let end = (try? end(admin)) ?? .max
            let deadline = Instant.now.advanced(milliseconds: Int64(Self.timeoutMilliseconds))
            while following.position < end, Instant.now < deadline { following.poll(tell) }
            if following.position < end { isTakenBack = false }
        }
        let rest = isTakenBack ? Answer.silence : .unknown
        return wishes.keys.reduce(into: [:]) { $0[$1] = following.answers[$1] ?? rest }
    }

    private func end(_ admin: AdminClient) throws(KafkaFault) -> Int64 {
        try admin.watermarks(
            of: TopicPartition(flow.controlTopic, 0), timeoutMilliseconds: Self.timeoutMilliseconds
        ).high
    }

    /// Writes a value for each partition's key. `false` when one of them did not land in time.
    private func write(
        _ values: [TopicPartition: [UInt8]?], _ producer: inout LoadProducer
    ) throws(KafkaFault) -> Bool {
        let topic = TopicPartition(flow.controlTopic, 0)
        let deadline = Instant.now.advanced(milliseconds: 2 * Int64(Self.timeoutMilliseconds))
        var missing = values.count
        var isWritten = true
        func note(_ reports: [LoadReport]) {
            missing -= reports.count
            if reports.contains(where: { $0.code != 0 }) { isWritten = false }
        }
        for (source, value) in values.sorted(by: { $0.key < $1.key }) {
            let record = LoadRecord(topic, key: SeekRecord.key(source), value: value)
            while try !producer.produce(record, ticket: 0) {
                guard Instant.now < deadline else { return false }
                note(producer.poll(waitMilliseconds: 10))
            }
        }
        while missing > 0, Instant.now < deadline { note(producer.poll(waitMilliseconds: 100)) }
        return isWritten && missing == 0
    }
}

extension PositionsRequest {
    /// Follows the control topic from where it ended before anything was asked.
    fileprivate struct Following: ~Copyable {
        private var control: ControlReader
        private var notes: Notes

        init(_ request: PositionsRequest, from end: Int64) throws(KafkaFault) {
            control = try ControlReader(request.clients, from: end)
            notes = Notes(id: request.id, wishes: request.wishes)
        }

        var answers: [TopicPartition: Answer] { notes.answers }
        var position: Int64 { control.position }
        /// From here on the keys' end is our own doing.
        mutating func noteTakenBack() { notes.isTakenBack = true }

        mutating func poll(_ tell: (TopicPartition, Answer) -> Void) {
            _ = control.poll(waitMilliseconds: 100) { notes.note($0, tell) }
        }
    }

    /// What became of the requests so far.
    fileprivate struct Notes {
        let id: String
        let wishes: [TopicPartition: Wish]
        var isTakenBack = false
        private(set) var answers: [TopicPartition: Answer] = [:]
        /// Requests that were seen in the topic: what comes after them is about them.
        private var seen: Set<TopicPartition> = []

        init(id: String, wishes: [TopicPartition: Wish]) {
            self.id = id
            self.wishes = wishes
        }

        mutating func note(_ record: LogRecord, _ tell: (TopicPartition, Answer) -> Void) {
            guard let source = record.key.flatMap(SeekRecord.source(ofKey:)), wishes[source] != nil,
                answers[source] == nil
            else { return }
            let request = record.value.flatMap { try? SeekRecord(decoding: $0) }
            guard request?.id == id else {
                if seen.contains(source), !isTakenBack { answer(source, .replaced, tell) }
                return
            }
            seen.insert(source)
            switch request?.state {
            case .applied: answer(source, .applied, tell)
            case .refused(let reason): answer(source, .refused(reason: reason), tell)
            case .asked, nil: break
            }
        }

        private mutating func answer(
            _ source: TopicPartition, _ answer: Answer, _ tell: (TopicPartition, Answer) -> Void
        ) {
            answers[source] = answer
            tell(source, answer)
        }
    }
}
