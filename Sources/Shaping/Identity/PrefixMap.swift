import Crypto

/// A keyed permutation of addresses, under which two that share their first n bits share them afterwards, too, and no more
/// than those (Xu, Fan, Ammar and Moon, 2002: Crypto-PAn).
///
/// Whether a bit is turned over depends on the key and on all bits in front of it. That takes a random bit for each
/// beginning; those of the 127 beginnings that differ in the next 6 bits come from one block of AES, so that an IPv4
/// address takes 5 blocks instead of 32.
struct PrefixMap {
    private static let stride = 7
    private let cipher: AESCipher

    init(_ cipher: AESCipher) {
        self.cipher = cipher
    }

    func mapped(_ address: IPAddress) -> IPAddress {
        let bits = address.isV4 ? 32 : 128
        let plain = AESBlock(high: address.high, low: address.low)
        var result = plain
        // The bits so far, a one that ends them, and a last bit that tells both kinds of addresses apart: none of IPv6
        // comes so far.
        var question = AESBlock(low: address.isV4 ? 1 : 0)
        var place = 0
        while place < bits {
            var ended = question
            ended.flip(place, by: 1)
            let random = cipher.encrypt(ended)
            // A binary tree's root is node 1, the children of node n are 2n and 2n + 1.
            var node = 1
            for next in place..<min(place + Self.stride, bits) {
                let bit = plain.bit(next)
                result.flip(next, by: random.bit(node))
                question.flip(next, by: bit)
                node = node * 2 + Int(bit)
            }
            place += Self.stride
        }
        return address.isV4 ? IPAddress(v4: UInt32(result.high >> 32)) : IPAddress(high: result.high, low: result.low)
    }
}
