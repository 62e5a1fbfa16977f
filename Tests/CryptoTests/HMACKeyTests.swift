import CAllocationCounter
import Crypto
import Testing

struct HMACKeyTests {
    /// RFC 4231, test cases 1, 2, 3, 4, 6 and 7.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            String(repeating: "aa", count: 131),
            "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061"
                + "206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f2062652068617368"
                + "6564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ])
    func `codes are those of RFC 4231`(key: String, text: String, code: String) {
        var out: [UInt8] = [7]
        HMACKey(bytes(hex: key).span).append(codeOf: bytes(hex: text).span, to: &out)
        #expect(out == [7] + bytes(hex: code))
    }

    @Test(arguments: [0, 1, 63, 64, 65, 150])
    func `a prefix that is hashed beforehand counts like one that is not`(prefixCount: Int) {
        let key = HMACKey(Array("key".utf8).span)
        let text = (0..<200).map { UInt8($0) }
        let whole = key.code(of: text.span)
        let head = Array(text[..<prefixCount])
        let rest = key.following(head.span).code(of: text.span.extracting(droppingFirst: prefixCount))
        #expect((0..<4).allSatisfy { whole.word($0) == rest.word($0) })
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `codes and hashes allocate nothing`() {
        let key = HMACKey(Array("key".utf8).span)
        let sip = SipHash24(key0: 1, key1: 2)
        let text = [UInt8](repeating: 9, count: 100)
        var out: [UInt8] = []
        out.reserveCapacity(64)
        var sum: UInt64 = 0
        func pass() {
            out.removeAll(keepingCapacity: true)
            key.append(codeOf: text.span, to: &out)
            SHA256Digest.append(of: text.span, to: &out)
            sum &+= key.code(of: text.span).number(below: 1_000) &+ sip.hash(text.span)
        }
        // The first time, the runtime makes the descriptions of the types, unless a test before this one had them made.
        pass()
        allocation_counter_start()
        for _ in 0..<100 { pass() }
        let allocations = allocation_counter_stop()
        #expect(allocations == 0, "\(sum)")
    }
}
