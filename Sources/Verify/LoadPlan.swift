import Foundation

/// What a load looks like. Together with the seed it decides every record: nothing about a record is ever stored, and
/// whoever has the plan can make the records again.
package struct LoadPlan: Sendable, Codable, Equatable {
    /// What a record's timestamp is.
    package enum Timestamps: String, Sendable, Codable, CaseIterable {
        /// Made up, so that neighbours differ and are not in order: shows whether a mirror keeps them.
        case scattered
        /// When it was meant to be sent, so that whoever reads it knows its latency from the record alone. For a load
        /// without a pace: scattered.
        case intended
    }

    /// The load goes in transactions, and some of them are aborted on purpose.
    package struct Transactions: Sendable, Codable, Equatable {
        /// In each transaction.
        package var records: Int
        /// Transactions that are aborted, in a thousand; which ones, the seed decides.
        package var abortedPermille: Int

        package init(records: Int, abortedPermille: Int = 0) {
            self.records = records
            self.abortedPermille = abortedPermille
        }
    }

    package var seed: UInt64
    package var format = LoadFormat.martlet
    /// Who sends it: in the kafka-mirror-tester's formats the `id` of every record.
    package var id = "martlet"
    /// Sizes of the values that are neither null nor empty. From 24 on a value names itself.
    package var sizes: ValueSizes
    /// Records with a key, in a thousand; the others have a null key.
    package var keyedPermille = 1_000
    /// Records whose key is empty, in a thousand of the keyed ones.
    package var emptyKeyPermille = 0
    /// How many different keys there are, over all partitions; each of them belongs to one.
    package var keyCount: Int64 = 1_000
    /// Tombstones, in a thousand.
    package var nullValuePermille = 0
    package var emptyValuePermille = 0
    /// Records with headers, in a thousand: one header, repeated names, null and empty header values.
    package var headersPermille = 0
    package var timestamps = Timestamps.scattered
    /// Scattered records with an odd timestamp, in a thousand: 0, 1, a day of 1970, ten minutes after the base.
    package var oddTimestampPermille = 0
    /// Scattered timestamps begin here, advance one millisecond in a thousand sequences, and scatter over a second.
    package var baseTimestampMilliseconds: Int64
    package var transactions: Transactions?

    package init(
        seed: UInt64, valueBytes: ClosedRange<Int> = 1_000...1_000,
        baseTimestampMilliseconds: Int64 = Int64(Date.now.timeIntervalSince1970 * 1_000)
    ) {
        self.init(
            seed: seed, sizes: .even(from: valueBytes.lowerBound, to: valueBytes.upperBound),
            baseTimestampMilliseconds: baseTimestampMilliseconds)
    }

    package init(
        seed: UInt64, sizes: ValueSizes,
        baseTimestampMilliseconds: Int64 = Int64(Date.now.timeIntervalSince1970 * 1_000)
    ) {
        precondition(sizes.fault == nil, "value sizes \(sizes)")
        self.seed = seed
        self.sizes = sizes
        self.baseTimestampMilliseconds = baseTimestampMilliseconds
    }

    private static let keysMax: Int64 = 10_000_000

    /// Everything a record can be: what a mirror must not change.
    package static func varied(seed: UInt64, valueBytes: ClosedRange<Int> = 1...400) -> LoadPlan {
        var plan = LoadPlan(seed: seed, valueBytes: valueBytes)
        plan.keyedPermille = 800
        plan.emptyKeyPermille = 50
        plan.nullValuePermille = 50
        plan.emptyValuePermille = 50
        plan.headersPermille = 500
        plan.oddTimestampPermille = 50
        return plan
    }

    /// What tells its records from those of other loads on the same topic.
    package var identity: String { format == .martlet ? "seed \(seed)" : "id \(id)" }

    /// How many sequences run side by side in a topic: one a partition, or one a key in the old formats.
    package func streams(partitions: Int) -> Int {
        format == .martlet ? partitions : partitions * LoadFormat.keysPerPartition
    }

    /// Whether this record of the load, by its number, goes in a transaction that is aborted on purpose.
    func isAborted(number: Int64) -> Bool {
        guard let transactions, transactions.abortedPermille > 0 else { return false }
        let transaction = UInt64(bitPattern: number / Int64(transactions.records))
        var random = SplitMix(SplitMix.scramble(seed ^ SplitMix.scramble(transaction)))
        return random.isDrawn(permille: transactions.abortedPermille)
    }

    /// Why no records can be made of this plan; `nil` when they can. For plans that come out of a file.
    package var fault: String? {
        if let fault = sizes.fault { return fault }
        let shares = [
            keyedPermille, emptyKeyPermille, nullValuePermille, emptyValuePermille, headersPermille,
            oddTimestampPermille, transactions?.abortedPermille ?? 0,
        ]
        guard shares.allSatisfy((0...1_000).contains) else { return "a share that is not within 0 to 1000" }
        guard (1...Self.keysMax).contains(keyCount) else { return "\(keyCount) keys, not 1 to \(Self.keysMax)" }
        guard (transactions?.records ?? 1) >= 1 else { return "transactions of no records" }
        guard (0...4_102_444_800_000).contains(baseTimestampMilliseconds) else {
            return "timestamps that begin at \(baseTimestampMilliseconds)"
        }
        guard format == .martlet || LoadFormat.isFit(id: id) else {
            return "an id that the old format cannot carry: empty, or with a \";\""
        }
        return nil
    }
}

/// How large the values are that are neither null nor empty.
package enum ValueSizes: Sendable, Codable, Equatable {
    /// Evenly spread; both the same: all of this size.
    case even(from: Int, to: Int)
    /// Exponentially distributed: many small ones, few large ones, none above the cap.
    case exponential(mean: Int, cap: Int)

    private static let bytesMax = 1 << 27

    package static func fixed(_ bytes: Int) -> ValueSizes { .even(from: bytes, to: bytes) }

    package var largest: Int {
        switch self {
        case .even(_, let to): to
        case .exponential(_, let cap): cap
        }
    }

    package var fault: String? {
        switch self {
        case .even(let from, let to) where from < 1 || from > to || to > Self.bytesMax:
            "value sizes from \(from) to \(to)"
        case .exponential(let mean, let cap) where mean < 1 || cap < mean || cap > Self.bytesMax:
            "value sizes around \(mean), \(cap) at most"
        default: nil
        }
    }

    func draw(_ random: inout SplitMix) -> Int {
        switch self {
        case .even(let from, let to): from + random.next(below: to - from + 1)
        case .exponential(let mean, let cap):
            min(cap, max(1, Int(Double(mean) * Self.negativeLogarithm(ofShare: random.next()))))
        }
    }

    /// -ln(word / 2^64). By the four basic operations only, so that every machine draws the same size: the C library's
    /// logarithm may differ in its last bit from one to another.
    static func negativeLogarithm(ofShare word: UInt64) -> Double {
        let word = max(word, 1)
        let zeros = word.leadingZeroBitCount
        let mantissa = Double((word << UInt64(zeros)) >> 11) / Double(1 << 52 as Int64)
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var (term, sum) = (ratio, 0.0)
        for divisor in stride(from: 1.0, through: 25, by: 2) {
            sum += term / divisor
            term *= square
        }
        return Double(zeros + 1) * 0.693_147_180_559_945_3 - 2 * sum
    }
}

/// A generator whose whole state is one word (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
package struct SplitMix {
    private var state: UInt64

    package init(_ state: UInt64) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.scramble(state)
    }

    /// A number in `0 ..< bound`; the bias is bound / 2^64.
    package mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func isDrawn(permille: Int) -> Bool { next(below: 1_000) < permille }

    static func scramble(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
