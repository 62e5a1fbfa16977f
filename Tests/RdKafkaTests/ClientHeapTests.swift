import Foundation
import RdKafka
import Testing

@Suite struct ClientHeapTests {
    /// Small pieces, of which every hundredth stays: nothing is free in one piece at any arena's end.
    @Test(.enabled(if: ClientHeap.usedBytes > 0, "the allocator is a sanitizer's"))
    func `what was freed goes back to the system, though some beside it is still in use`() throws {
        var pieces = (0..<200_000).map { _ in [UInt8](repeating: 1, count: 1_000) }
        let most = try residentBytes()
        pieces = pieces.enumerated().filter { $0.offset % 100 == 0 }.map(\.element)
        #expect(ClientHeap.freedBytes > 100_000_000)
        ClientHeap.giveBack()
        let left = try residentBytes()
        withExtendedLifetime(pieces) {}
        #expect(most - left > 100_000_000, "\(most) bytes before, \(left) after")
    }

    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(pages[1])) * 4_096
    }
}
