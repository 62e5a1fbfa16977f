import Engine
import Model
import Records

/// A lane's destination port in the simulated world. What lives on while the lane does something else is the client's.
package struct SimDestination: DestinationPort {
    let client: SimClient

    package mutating func open(_ index: Int32, to destination: TopicPartition) {
        client.open(index, to: destination)
    }

    package mutating func close(_ index: Int32) {
        client.targets[index] = nil
    }

    package mutating func limitBatches(of index: Int32, to limit: BatchLimit) {
        client.targets[index]?.limit = limit
    }

    package mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        try client.send(&hand)
    }

    package mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        client.collect(into: &reports, waitMilliseconds: waitMilliseconds)
    }

    package var inFlight: Int { client.inFlight }

    package mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        try client.transact(transaction)
    }

    package mutating func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) -> Bool {
        try client.writeAhead(records)
        return true
    }

    package mutating func begin(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome? {
        try client.begin(transaction)
    }

    package mutating func outcome() throws(DestinationFault) -> TransactionOutcome? {
        try client.outcome()
    }

    package mutating func abort() throws(DestinationFault) {
        try client.abort()
    }

    package mutating func tearDown(_ part: DestinationPart) {
        client.tearDown(part)
    }

    package mutating func setUp() throws(DestinationFault) {
        try client.setUp()
    }

    package static func meaning(ofReport code: Int32) -> ReportMeaning {
        code == SimClient.Code.refused ? .refused(reason: "refused", isAboutSize: false) : .again
    }
}
