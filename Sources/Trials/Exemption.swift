import Verify

/// Records of a load that its destination need not have, for no fault of the mirror's.
struct Exemption: Sendable {
    /// By stream, which is the source partition.
    let sequences: [IntervalSet]
    /// Which records are demanded all the same: `that the source still holds`.
    let others: String
    /// Whether the mirror must tell of each one that did not arrive.
    let mustBeTold: Bool

    var count: Int64 { sequences.reduce(0) { $0 + $1.count } }

    /// What is left to demand: the exempt ones are allowed, as what was never acknowledged is.
    func demanded(of ledger: Ledger) -> Ledger {
        var demanded = ledger
        for (stream, exempt) in sequences.enumerated() {
            demanded.streams[stream].acknowledged = ledger.streams[stream].acknowledged.subtracting(exempt)
        }
        return demanded
    }

    /// The acknowledged ones alone.
    func exempt(of ledger: Ledger) -> Ledger {
        var exempt = ledger
        for (stream, sequences) in sequences.enumerated() {
            exempt.streams[stream].acknowledged = ledger.streams[stream].acknowledged.intersection(sequences)
        }
        return exempt
    }
}

/// Which records a mirror has told of in what it writes, whatever its words: a line that names the topic, and behind it
/// first the number of the partition and then the record's offset, as in `orders[3] offset=117` and `orders-3 @ 117`.
struct Telling {
    private var told: [Int: Set<Int64>] = [:]

    init(of topic: String, in output: String) {
        for line in output.split(separator: "\n") {
            guard let name = line.firstRange(of: topic) else { continue }
            let numbers = line[name.upperBound...].split { !("0"..."9").contains($0) }.compactMap { Int64($0) }
            guard let partition = numbers.first else { continue }
            told[Int(partition), default: []].formUnion(numbers.dropFirst())
        }
    }

    /// How many of these offsets, by partition, it has told of.
    func count(of offsets: [IntervalSet]) -> Int64 {
        offsets.enumerated().reduce(0) { sum, partition in
            sum + Int64(told[partition.offset, default: []].count { partition.element.contains($0) })
        }
    }
}
