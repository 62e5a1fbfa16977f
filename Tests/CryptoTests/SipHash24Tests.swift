import Crypto
import Testing

struct SipHash24Tests {
    /// The key 00 01 ... 0f and the texts 00 01 ...: appendix A of the paper for 15 bytes, the reference code's table for
    /// the others; all of them also by `openssl mac SIPHASH`.
    @Test(
        arguments: [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5), (16, 0x3f2a_cc7f_57c2_9bdb),
            (63, 0x958a_324c_eb06_4572),
        ] as [(UInt8, UInt64)])
    func `hashes are the reference's`(count: UInt8, hash: UInt64) {
        let sip = SipHash24(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let text = Array(0..<count)
        let found = sip.hash(text.span)
        #expect(found == hash)
        // Wherever in memory the text begins.
        let moved = [255] + text
        let foundThere = sip.hash(moved.span.extracting(droppingFirst: 1))
        #expect(foundThere == hash)
    }
}
