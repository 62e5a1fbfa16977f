import Testing

@testable import Crypto

struct AESCipherTests {
    /// FIPS 197, appendix C.
    @Test(
        arguments: [
            (16, 0x69c4_e0d8_6a7b_0430, 0xd8cd_b780_70b4_c55a), (24, 0xdda9_7ca4_864c_dfe0, 0x6eaf_70a0_ec0d_7191),
            (32, 0x8ea2_b7ca_5167_45bf, 0xeafc_4990_4b49_6089),
        ] as [(UInt8, UInt64, UInt64)])
    func `blocks are those of FIPS 197, with the processor's instructions and without`(
        keyCount: UInt8, high: UInt64, low: UInt64
    ) {
        let key = Array(0..<keyCount)
        let cipher = AESCipher(key.span)
        let portable = AESCipher(key.span, isPortable: true)
        let plain = AESBlock(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff)
        #expect(cipher?.encrypt(plain) == AESBlock(high: high, low: low))
        #expect(portable?.encrypt(plain) == AESBlock(high: high, low: low))
    }

    @Test func `a digest is a key of 32 bytes`() {
        let digest = SHA256Digest(of: Array("key".utf8).span)
        let cipher = AESCipher(digest.bytes.span)
        #expect(AESCipher(digest).encrypt(AESBlock(low: 1)) == cipher?.encrypt(AESBlock(low: 1)))
    }

    @Test(arguments: [0, 15, 17, 33])
    func `a key of another length is none`(count: Int) {
        let cipher = AESCipher([UInt8](repeating: 0, count: count).span)
        #expect(cipher == nil)
    }

    @Test func `bits are counted from the first, and turned over one at a time`() {
        var block = AESBlock(high: 1 << 63, low: 1)
        #expect((0..<128).filter { block.bit($0) == 1 } == [0, 127])
        for place in [0, 63, 64] { block.flip(place, by: 1) }
        block.flip(5, by: 0)
        #expect(block == AESBlock(high: 1, low: 1 << 63 | 1))
    }
}
