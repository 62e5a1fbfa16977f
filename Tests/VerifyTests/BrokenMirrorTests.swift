import Model
import RdKafka
import Testing

@testable import Verify

/// Every way to break a mirror is found, named and located, and nothing else is reported.
@Suite struct BrokenMirrorTests {
    private static let partitions = 3
    private static let total: Int64 = 3_000
    private static let from = BrokenMirror.Spot(partition: 1, offset: 300)

    @Test(arguments: BrokenMirror.Fault.allCases)
    func `each fault is found, named and located`(fault: BrokenMirror.Fault) throws {
        let cluster = try MockCluster(brokers: 1)
        for topic in ["orders", "copy"] {
            try cluster.createTopic(topic, partitions: Int32(Self.partitions), replicationFactor: 1)
        }
        let loader = try Loader(
            plan: .varied(seed: 3), bootstrap: cluster.bootstrap, topic: "orders", partitions: Self.partitions,
            pace: .unbounded, total: Self.total)
        loader.start()
        #expect(loader.wait(timeoutSeconds: 60))
        let spot = try BrokenMirror(fault: fault, from: Self.from).copy(
            "orders", to: "copy", partitions: Self.partitions, on: cluster)
        let judge = try Judge(
            loads: [loader.judged], bootstrap: cluster.bootstrap,
            properties: [ClientProperty("fetch.wait.max.ms", "10")],
            topic: "copy", isolation: .readCommitted)
        judge.start()
        let verdict = judge.finish(expecting: loader.ledger, timeoutSeconds: fault.losesRecords ? 3 : 60)
        #expect(verdict.isComplete)
        guard fault != .none else {
            #expect(verdict.isClean(.exactlyOnce) && verdict.findings.isEmpty, "\(verdict.summary)")
            return
        }
        let place = try #require(spot)
        #expect(verdict.findings == [fault.finding(at: place)], "\(verdict.summary)")
        #expect(verdict.isClean(.exactlyOnce) == false)
        #expect(verdict.isClean(.atLeastOnce) == (fault == .duplicates))
    }
}

extension BrokenMirror.Fault {
    fileprivate var losesRecords: Bool { self == .drops || self == .losesTail }

    /// What the judge has to say, word for word.
    fileprivate func finding(at spot: BrokenMirror.Spot) -> Finding {
        let (partition, sequence) = (spot.partition, spot.offset)
        func found(_ kind: Finding.Kind, _ field: RecordField? = nil, offset: Int64) -> Finding {
            Finding(
                kind: kind, field: field, topic: "copy", partition: partition, offset: offset, sequence: sequence)
        }
        switch self {
        case .none: preconditionFailure("nothing is found where nothing is broken")
        case .drops: return Finding(.missing, sequence..<sequence + 1, topic: "copy", partition: partition)
        case .losesTail: return Finding(.missing, sequence..<1_000, topic: "copy", partition: partition)
        case .duplicates: return found(.duplicated, offset: sequence + 1)
        case .swaps: return found(.reordered, offset: sequence + 1)
        case .altersKey: return found(.altered, .key, offset: sequence)
        case .altersValue, .nullsEmptyValue: return found(.altered, .value, offset: sequence)
        case .altersHeader: return found(.altered, .headers, offset: sequence)
        case .altersTimestamp: return found(.altered, .timestamp, offset: sequence)
        case .misplaces:
            return Finding(
                kind: .misplaced, topic: "copy", partition: 2, offset: 1_000, sequence: sequence, homePartition: 1)
        case .invents:
            return Finding(kind: .unexpected, topic: "copy", partition: partition, offset: sequence)
        }
    }
}
