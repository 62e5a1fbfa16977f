import Model
import Shaping
import Testing

struct IPActionTests {
    private func bench(keepsPrefix: Bool) throws -> IdentityBench {
        try #require(IdentityBench(.ip(identity: "person", keepsPrefix: keepsPrefix)))
    }

    private func text(_ address: UInt32) -> String {
        (0..<4).map { "\(address >> UInt32(24 - 8 * $0) & 255)" }.joined(separator: ".")
    }

    private func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".").compactMap { UInt32($0) }
        return parts.count == 4 ? parts.reduce(0) { $0 << 8 | $1 } : nil
    }

    /// By a program of another language, from the description: the bit behind a beginning is turned over by the bit of the
    /// block of that beginning that its last bits choose.
    @Test(arguments: [
        ("203.0.113.7", "148.115.172.214"), ("203.0.113.200", "148.115.172.20"),
        ("fe80::1", "77ed:bb19:3ba9:6c48:cf5f:e7a8:eedb:c73e"), ("fe80::2", "77ed:bb19:3ba9:6c48:cf5f:e7a8:eedb:c73d"),
    ])
    func `addresses keep what they share`(address: String, result: String) throws {
        #expect(try bench(keepsPrefix: true).text(for: address) == result)
    }

    @Test func `pairs share as many bits afterwards as before`() throws {
        var random = SeededRandom(seed: 11)
        let bench = try bench(keepsPrefix: true)
        for _ in 0..<2_000 {
            let first = UInt32.random(in: 0 ... .max, using: &random)
            let shared = UInt32.random(in: 0...31, using: &random)
            // The bit behind the shared ones differs, all others are random.
            let tail = UInt32.random(in: 0 ... .max, using: &random) >> (shared + 1)
            let second = first ^ (1 << (31 - shared)) ^ tail
            let one = try #require(number(bench.text(for: text(first))))
            let other = try #require(number(bench.text(for: text(second))))
            #expect(
                (one ^ other).leadingZeroBitCount == (first ^ second).leadingZeroBitCount,
                "\(text(first)), \(text(second)), seed 11")
        }
    }

    /// By a program of another language: HMAC-SHA256("key", "person" 00 "ip" 00, 4 or 6, 16 bytes of the address).
    @Test(arguments: [
        ("203.0.113.7", "192.0.2.110"), ("fe80::1", "2001:db8:e9fc:6a2:297a:8ca9:f000:ff59"),
    ])
    func `without the prefix addresses lie where nobody is`(address: String, result: String) throws {
        #expect(try bench(keepsPrefix: false).text(for: address) == result)
    }

    @Test func `all 768 addresses of the documentation are used, and no others`() throws {
        let bench = try bench(keepsPrefix: false)
        let results = Set((0..<8_000 as Range<UInt32>).map { bench.text(for: text($0 &* 2_654_435_761)) })
        let networks = ["192.0.2.", "198.51.100.", "203.0.113."]
        #expect(results.count == 768)
        #expect(results.allSatisfy { result in networks.contains { result.hasPrefix($0) } })
    }

    @Test(arguments: [
        ("2001:0DB8:0:0::01", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", " 192.0.2.1\n"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::", "0:0:0:0:0:0:0:0"), ("1::", "1:0:0:0:0:0:0:0"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::1.2.3.4", "::102:304"),
    ])
    func `spellings of one address have one result`(one: String, other: String) throws {
        for keepsPrefix in [true, false] {
            let bench = try bench(keepsPrefix: keepsPrefix)
            #expect(bench.refusal(of: one) == nil)
            #expect(bench.text(for: one) == bench.text(for: other))
        }
    }

    @Test(arguments: [
        "", " ", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4:80",
        "1.2.3.4/24", "1.2.3.4, 5.6.7.8", ":", ":::", "1:", ":1", "1::2::3", "12345::", "1:2:3:4:5:6:7", "g::",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "fe80::1%eth0", "[::1]", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5",
        "99999999999.1.1.1", "1.2.3.٤",
    ])
    func `what is no address is refused`(text: String) throws {
        for keepsPrefix in [true, false] { #expect(try bench(keepsPrefix: keepsPrefix).refusal(of: text) != nil) }
    }
}
