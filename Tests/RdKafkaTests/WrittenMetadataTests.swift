import TestSupport
import Testing

@testable import RdKafka

/// A member's id comes from the group's coordinator: its bytes are foreign.
@Suite struct WrittenMetadataTests {
    private static let whole: [UInt8] =
        Array("CGMDv2:".utf8) + [7, 0, 0, 0] + Array("martlet.flow\u{0}member-1\u{0}\u{0}".utf8)

    @Test func `generation, group and member are read`() throws {
        var fields = try #require(WrittenMetadata(Self.whole))
        #expect(fields.generation == 7)
        #expect(fields.nextString() == "martlet.flow")
        #expect(fields.nextString() == "member-1")
        #expect(fields.nextString().isEmpty)
        #expect(fields.nextString().isEmpty)
    }

    @Test(arguments: 0..<11) func `less than a generation is nothing`(count: Int) {
        #expect(WrittenMetadata(Array(Self.whole.prefix(count))) == nil)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `mutated metadata are read or refused`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Self.whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 1: bytes.removeSubrange(place...)
                default: if place < bytes.count { bytes.remove(at: place) }
                }
            }
            guard var fields = WrittenMetadata(bytes) else { continue }
            #expect(bytes.starts(with: Array("CGMDv2:".utf8)))
            let texts = [fields.nextString(), fields.nextString()]
            #expect(texts.allSatisfy { !$0.utf8.contains(0) }, "seed \(seed)")
        }
    }
}
