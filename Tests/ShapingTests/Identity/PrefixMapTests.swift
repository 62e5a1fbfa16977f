import Crypto
import Testing

@testable import Shaping

struct PrefixMapTests {
    private let map = PrefixMap(AESCipher(SHA256Digest(of: Array("key".utf8).span)))

    @Test func `no two addresses of a network of 65,536 become one, and the network stays one`() {
        var seen = [Bool](repeating: false, count: 65_536)
        var networks: Set<UInt32> = []
        var meetings = 0
        for host in 0..<65_536 {
            let result = map.mapped(IPAddress(v4: 10 << 24 | 20 << 16 | UInt32(host))).v4
            let place = Int(result & 0xffff)
            if seen[place] { meetings += 1 }
            seen[place] = true
            networks.insert(result >> 16)
        }
        #expect(meetings == 0 && networks.count == 1)
    }

    @Test func `addresses of IPv6 share as many bits afterwards as before`() {
        var random = SeededRandom(seed: 13)
        for shared in 0..<128 {
            let first = AESBlock(high: random.next(), low: random.next())
            var second = first
            second.flip(shared, by: 1)
            for place in shared + 1..<128 { second.flip(place, by: random.next() & 1) }
            let one = map.mapped(IPAddress(high: first.high, low: first.low))
            let other = map.mapped(IPAddress(high: second.high, low: second.low))
            let difference = AESBlock(high: one.high ^ other.high, low: one.low ^ other.low)
            #expect((0..<128).first { difference.bit($0) == 1 } == shared, "seed 13")
        }
    }

    @Test func `both kinds of addresses have permutations of their own`() {
        let v4 = map.mapped(IPAddress(v4: 0xc000_0201))
        let v6 = map.mapped(IPAddress(high: 0xc000_0201 << 32, low: 0))
        #expect(v4.high != v6.high & 0xffff_ffff << 32)
    }
}
