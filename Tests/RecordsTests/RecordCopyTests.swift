import Model
import Testing

@testable import Records

@Suite struct RecordCopyTests {
    /// Values of the FNV-1a reference: of nothing, of "a" and of "foobar".
    @Test func `the hash is FNV-1a of key and value`() {
        func hash(_ key: String?, _ value: String?) -> UInt64 {
            RecordCopy(
                key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) }, headers: [],
                timestampMilliseconds: 0
            ).hash
        }
        #expect(hash(nil, nil) == 0xcbf2_9ce4_8422_2325)
        #expect(hash(nil, "a") == 0xaf63_dc4c_8601_ec8c)
        #expect(hash("foo", "bar") == 0x8594_4171_f739_67e8)
    }

    @Test func `the size is that of key, value and headers`() {
        let copy = RecordCopy(
            key: [1], value: nil,
            headers: [.init(name: [1, 2], value: [3]), .init(name: [1], value: nil)], timestampMilliseconds: 0)
        #expect(copy.bytes == 5)
    }
}
