import RdKafka

/// The keys of a load, each in the partition where Kafka's default partitioner puts it, as in any topic that ordinary
/// producers fill. A mirror that places records by their keys instead of by their partitions then misplaces none.
struct KeyRing: Sendable {
    /// Index: the partition. Numbers of keys.
    private let numbers: [[Int32]]

    /// - Parameter count: of keys over all partitions; as many more as it takes until each partition has one.
    init(count: Int64, partitions: Int) {
        var numbers = Array(repeating: [Int32](), count: partitions)
        var bare = partitions
        var number: Int32 = 0
        while number < count || bare > 0 {
            let partition = Int(DefaultPartitioner.partition(ofKey: Self.key(Int(number)), among: partitions))
            if numbers[partition].isEmpty { bare -= 1 }
            if number < count || numbers[partition].isEmpty { numbers[partition].append(number) }
            number += 1
        }
        self.numbers = numbers
    }

    static func key(_ number: Int) -> [UInt8] { Array("key-\(number)".utf8) }

    func draw(_ random: inout SplitMix, partition: Int) -> Int {
        Int(numbers[partition][random.next(below: numbers[partition].count)])
    }
}
