import RdKafka
import Testing

@Suite struct DefaultPartitionerTests {
    /// Hashes as Kafka's own test has them (`UtilsTest.testMurmur2`).
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func `a key goes where Kafka's Java producer puts it`(key: String, hash: Int32) {
        let positive = hash & .max
        for partitions in [1, 2, 12, 1_000, Int(Int32.max)] {
            let partition = DefaultPartitioner.partition(ofKey: Array(key.utf8), among: partitions)
            #expect(partition == positive % Int32(partitions))
        }
    }

    @Test func `an empty key is a key`() {
        #expect(DefaultPartitioner.partition(ofKey: [], among: 1) == 0)
        #expect((0..<100).contains(DefaultPartitioner.partition(ofKey: [], among: 100)))
    }
}
