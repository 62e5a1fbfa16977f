import Crypto
import Testing

struct SHA256DigestTests {
    /// FIPS 180-2, appendix B.1.
    @Test func `the digest of abc is the standard's`() {
        var out: [UInt8] = []
        SHA256Digest.append(of: Array("abc".utf8).span, to: &out)
        #expect(out == bytes(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    }

    @Test func `bytes that arrive in parts have the digest of the whole`() {
        let text = (0..<200).map { UInt8($0) }
        for cut in [0, 1, 55, 64, 130, 200] {
            var state = SHA256State()
            state.update(text.span.extracting(first: cut))
            // A copy has a way of its own.
            var other = state
            other.update(Array("else".utf8).span)
            state.update(text.span.extracting(droppingFirst: cut))
            #expect(state.finish().word(3) == SHA256Digest(of: text.span).word(3))
        }
    }

    @Test func `words are the digest's bytes, the most significant first`() {
        let digest = SHA256Digest(of: Array("abc".utf8).span)
        #expect(digest.word(0) == 0xba78_16bf_8f01_cfea && digest.word(3) == 0xb410_ff61_f200_15ad)
    }

    @Test func `numbers stay below their bound and reach all of it`() {
        var seen: Set<UInt64> = []
        for text in 0..<200 as Range<UInt8> {
            let digest = SHA256Digest(of: Array("\(text)".utf8).span)
            seen.insert(digest.number(below: 10))
            #expect(digest.number(below: 1) == 0)
            // What 128 bits are modulo 2 to the power of 32 are their last 32 bits.
            #expect(digest.number(below: 1 << 32) == digest.word(1) & 0xffff_ffff)
        }
        #expect(seen == Set(0..<10))
    }
}
