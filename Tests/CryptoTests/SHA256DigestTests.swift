import Crypto
import Testing

struct SHA256DigestTests {
    /// FIPS 180-2, appendix B.1.
    @Test func `the digest of abc is the standard's`() {
        var out: [UInt8] = []
        SHA256Digest.append(of: Array("abc".utf8).span, to: &out)
        #expect(
            out.prefix(4) == [0xba, 0x78, 0x16, 0xbf] && out.suffix(4) == [0xf2, 0x00, 0x15, 0xad] && out.count == 32)
    }
}
