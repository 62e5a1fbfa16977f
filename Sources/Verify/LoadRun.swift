import Foundation
import Model
import RdKafka

/// The sending side of a loader; lives on the loader's thread.
struct LoadRun: ~Copyable {
    typealias Place = RecordMaker.Place

    /// What one turn of the loop changed.
    struct Turn {
        /// In all, since the start.
        let sent: Int64
        let sentBytes: Int64
        let streams: Int
        var acknowledged: [Place] = []
        var aborted: [Place] = []
        var failed = 0

        func sent(of stream: Int) -> Int64 {
            (sent + Int64(streams - 1 - stream)) / Int64(streams)
        }
    }

    private static let answerMilliseconds: Int32 = 10_000

    /// How many producers in a row may end without a single acknowledgement before the load ends, too.
    static let fruitlessMax = 20

    private let settlingSeconds: Double
    private var producer: LoadProducer
    private let configuration: ClientConfiguration
    private let maker: RecordMaker
    /// Index: the partition.
    private let targets: [TopicPartition]
    /// Of the next record.
    private var number: Int64 = 0
    private var sentBytes: Int64 = 0
    private var refused = 0
    /// A ticket is an index here.
    private var tickets: [Place] = []
    private var free: [Int32] = []

    /// Since the transaction began: delivered, failed. Nothing of it counts before the commit.
    private var delivered: [Place] = []
    private var undelivered: [Place] = []
    /// Producers that were replaced since the source has last acknowledged anything.
    private var fruitless = 0
    /// Where there are transactions: the source knows the producer.
    private var isPrepared = false
    private var isTransactionOpen = false
    private(set) var isTransactionFull = false
    /// Nothing can be sent any more.
    private(set) var isDead = false
    private(set) var fault: KafkaFault?

    /// - Parameter settlingSeconds: what a dead producer's last requests get to land.
    init(
        _ producer: consuming LoadProducer, _ configuration: ClientConfiguration, maker: RecordMaker, topic: String,
        settlingSeconds: Double = 1
    ) {
        self.settlingSeconds = settlingSeconds
        self.producer = producer
        self.configuration = configuration
        self.maker = maker
        targets = (0..<maker.partitions).map { TopicPartition(topic, Int32($0)) }
    }

    var inFlight: Int { tickets.count - free.count }

    func isSent(_ total: Int64) -> Bool { number >= total }

    /// - Returns: whether the load may begin.
    mutating func prepare() -> Bool {
        guard maker.plan.transactions != nil, !isPrepared else { return true }
        do throws(KafkaFault) {
            try producer.initTransactions(timeoutMilliseconds: Self.answerMilliseconds)
            fault = nil
            isPrepared = true
            return true
        } catch {
            fault = error
            isDead = !error.isRetriable
            return false
        }
    }

    /// Sends what is due by now, at most a thousand records, so that reports are looked at in between.
    mutating func sendDue(total: Int64) {
        let due = min(total, maker.clock.dueCount(atNanoseconds: LoadClock.nowNanoseconds))
        var left = min(1_000, due - number)
        guard left > 0, openTransaction() else { return }
        while left > 0, !isTransactionFull, sendOne() { left -= 1 }
    }

    private mutating func openTransaction() -> Bool {
        guard maker.plan.transactions != nil, !isTransactionOpen else { return true }
        guard prepare() else { return false }
        do throws(KafkaFault) {
            try producer.beginTransaction()
            isTransactionOpen = true
        } catch {
            fault = error
            isDead = true
        }
        return isTransactionOpen
    }

    /// - Returns: `false` when the producer's queue is full; the same record comes again next time.
    private mutating func sendOne() -> Bool {
        let place = maker.place(ofNumber: number)
        let draw = maker.draw(stream: place.stream, sequence: place.sequence)
        let record = LoadRecord(
            targets[Int(draw.partition)], key: maker.key(of: draw), value: maker.value(of: draw),
            headers: maker.headers(of: draw), timestampMilliseconds: draw.timestampMilliseconds)
        let ticket = issueTicket(place)
        do throws(KafkaFault) {
            guard try producer.produce(record, ticket: ticket) else {
                free.append(ticket)
                return false
            }
        } catch  where error.isFatal {
            free.append(ticket)
            fault = error
            // One in a transaction goes when the transaction ends, which asks what became of it.
            if isTransactionOpen { isTransactionFull = true } else { replaceProducer() }
            return false
        } catch {
            // Never in the queue, so no report will come.
            free.append(ticket)
            refused += 1
            fault = error
        }
        number += 1
        sentBytes += Int64((record.key?.count ?? 0) + (record.value?.count ?? 0))
        if let transactions = maker.plan.transactions, number % Int64(transactions.records) == 0 {
            isTransactionFull = true
        }
        return true
    }

    /// An idempotent producer of librdkafka ends for good when it cannot tell any more what the source has. What it had
    /// under way stays without an acknowledgement.
    private mutating func replaceProducer() {
        fruitless += 1
        do throws(KafkaFault) {
            guard fruitless <= Self.fruitlessMax else { return isDead = true }
            let fresh = try LoadProducer(configuration, log: { _ in })
            refused += inFlight
            producer = fresh
        } catch {
            fault = error
            return isDead = true
        }
        isPrepared = false
        tickets.removeAll()
        free.removeAll()
        // What the old one still had on its way lands first: the source's order is that of the sequences.
        Thread.sleep(forTimeInterval: settlingSeconds)
    }

    private mutating func issueTicket(_ place: Place) -> Int32 {
        guard let ticket = free.popLast() else {
            tickets.append(place)
            return Int32(tickets.count - 1)
        }
        tickets[Int(ticket)] = place
        return ticket
    }

    /// - Parameter waitMilliseconds: for the first report; without it, one millisecond where there is nothing to send.
    mutating func takeReports(waitMilliseconds: Int32 = 1) -> Turn {
        var turn = newTurn()
        turn.failed = refused
        refused = 0
        for report in producer.poll(waitMilliseconds: waitMilliseconds) {
            let place = tickets[Int(report.ticket)]
            free.append(report.ticket)
            switch (isTransactionOpen, report.code) {
            case (true, 0): delivered.append(place)
            case (true, _): undelivered.append(place)
            case (false, 0): turn.acknowledged.append(place)
            case (false, _): turn.failed += 1
            }
        }
        if !turn.acknowledged.isEmpty { fruitless = 0 }
        return turn
    }

    private func newTurn() -> Turn { Turn(sent: number, sentBytes: sentBytes, streams: maker.streams) }

    // MARK: The end of a transaction

    /// Commits or aborts what is open, as the plan says, and waits until that is decided.
    mutating func endTransaction() -> Turn {
        guard isTransactionOpen else { return newTurn() }
        let isCommitted = maker.plan.isAborted(number: max(0, number - 1)) ? abort() : commit()
        var turn = takeReports(waitMilliseconds: 0)
        isTransactionOpen = false
        isTransactionFull = false
        switch isCommitted {
        case true?:
            fruitless = 0
            turn.acknowledged = delivered
            turn.failed += undelivered.count
        case false?:
            turn.aborted = delivered + undelivered
        case nil:
            // What became of it nobody knows.
            turn.failed += delivered.count + undelivered.count
            replaceProducer()
        }
        delivered.removeAll(keepingCapacity: true)
        undelivered.removeAll(keepingCapacity: true)
        return turn
    }

    /// - Returns: `true` committed, `false` aborted instead, `nil` unknown.
    private mutating func commit() -> Bool? {
        while true {
            do throws(KafkaFault) {
                try producer.commitTransaction(timeoutMilliseconds: Self.answerMilliseconds)
                return true
            } catch {
                fault = error
                if error.requiresAbort { return abort() }
                guard error.isRetriable, !error.isFatal else { return nil }
            }
        }
    }

    /// What the destination must never show should be in the source's log: so it is sent before it is taken back.
    private mutating func abort() -> Bool? {
        do throws(KafkaFault) {
            try producer.flush(timeoutMilliseconds: Self.answerMilliseconds)
        } catch {
            fault = error
        }
        while true {
            do throws(KafkaFault) {
                try producer.abortTransaction(timeoutMilliseconds: Self.answerMilliseconds)
                return false
            } catch {
                fault = error
                guard error.isRetriable, !error.isFatal else { return nil }
            }
        }
    }
}
