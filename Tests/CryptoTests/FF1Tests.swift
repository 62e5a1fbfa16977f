import CAllocationCounter
import Crypto
import Testing

struct FF1Tests {
    private static let key = bytes(hex: "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")

    private func encrypted(_ text: String, tweak: String = "", keyCount: Int = 32) throws -> String {
        let cipher = AESCipher(Array(Self.key[..<keyCount]).span)
        let ff1 = FF1(try #require(cipher))
        var digits = digitString(text)
        let isDone = ff1.encrypt(&digits, in: 0..<digits.count, tweak: bytes(hex: tweak).span)
        #expect(isDone)
        return (0..<digits.count).map { "\(digits[$0])" }.joined()
    }

    /// NIST's samples for SP 800-38G, those with decimal digits: 1, 2, 4, 5, 7 and 8.
    @Test(arguments: [
        (16, "", "2433477484"), (16, "39383736353433323130", "6124200773"),
        (24, "", "2830668132"), (24, "39383736353433323130", "2496655549"),
        (32, "", "6657667009"), (32, "39383736353433323130", "1001623463"),
    ])
    func `texts are those of NIST's samples`(keyCount: Int, tweak: String, text: String) throws {
        #expect(try encrypted("0123456789", tweak: tweak, keyCount: keyCount) == text)
    }

    /// Computed from the standard's text with integers of any size by a program of another language, which also gives
    /// NIST's samples. AES-256.
    @Test(arguments: [
        ("999999", "", "334546"),
        ("0308246", "0718293a4b5c6d", "2220875"),
        ("91186252760", "0b1c2d3e4f607182", "88184543113"),
        ("6859952890786666", "102132435465768798a9ba", "6838868735210546"),
        ("3137353799075116372", "132435465768798a9bacbdcedff00112", "8887681986366849887"),
        (
            "8770658948113114402426462889751",
            "1f30415263748596a7b8c9daebfc0d1e2f405162738495a6b7c8d9eafb0c1d2e3f", "9247568261263505885561194884851"
        ),
        ("999999999999999999999999999999999999", "", "585064657690245112987730097772692989"),
        ("478245040008838737167868433532650201", "2435465768798a9b", "428176625965807095947577906279241942"),
        ("1740931925449920707413748477718341704", "25364758697a8b", "2373437641066596619930071381473950732"),
        ("99999999999999999999999999999999999999", "", "46582509746550644702124198783775397510"),
        (
            "61073587355706360607104319554590454409",
            "263748596a7b8c9daebfd0e1f2031425364758697a8b9cadbecfe0f10213243546",
            "20072144240431064423652745546562223612"
        ),
    ])
    func `texts of every length have the halves and blocks of the standard`(
        plain: String, tweak: String, text: String
    ) throws {
        #expect(try encrypted(plain, tweak: tweak) == text)
    }

    /// By the same program. Among so many rounds are some in which a half and what is added to it are exactly its bound.
    @Test func `2,000 turns end where the standard has them end`() throws {
        let cipher = AESCipher(Self.key.span)
        let ff1 = FF1(try #require(cipher))
        var digits = digitString("000000")
        for _ in 0..<2_000 { _ = ff1.encrypt(&digits, in: 0..<6, tweak: Span()) }
        #expect(digits.number(in: 0..<6) == 4_515)
    }

    @Test func `fewer digits than make a million texts are refused and left alone`() {
        let ff1 = FF1(AESCipher(SHA256Digest(of: Span())))
        var digits = digitString("12345")
        let isDone = ff1.encrypt(&digits, in: 0..<5, tweak: Span())
        #expect(!isDone)
        #expect(digits.number(in: 0..<5) == 12_345)
    }

    @Test func `digits outside of the range stay, and count for nothing`() {
        let ff1 = FF1(AESCipher(SHA256Digest(of: Span())))
        var digits = digitString("491234567895")
        _ = ff1.encrypt(&digits, in: 2..<11, tweak: Span())
        var alone = digitString("123456789")
        _ = ff1.encrypt(&alone, in: 0..<9, tweak: Span())
        #expect(digits[0] == 4 && digits[1] == 9 && digits[11] == 5)
        #expect(digits.number(in: 2..<11) == alone.number(in: 0..<9))
    }

    /// A function at random would let about 1,200 of 50,000 texts meet another.
    @Test func `no two of a twentieth of all texts of six digits become one`() {
        let ff1 = FF1(AESCipher(SHA256Digest(of: Span())))
        var seen = [Bool](repeating: false, count: 1_000_000)
        var meetings = 0
        for number in stride(from: 0, to: 1_000_000, by: 20) {
            var digits = digitString("000000")
            digits.write(UInt64(number), in: 0..<6)
            _ = ff1.encrypt(&digits, in: 0..<6, tweak: Span())
            let place = Int(digits.number(in: 0..<6))
            if seen[place] { meetings += 1 }
            seen[place] = true
        }
        #expect(meetings == 0)
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `encrypting allocates nothing`() {
        let ff1 = FF1(AESCipher(SHA256Digest(of: Span())))
        var digits = digitString("1234567890123456")
        let tweak: [UInt8] = [1, 2, 3]
        // The first time, the runtime makes the descriptions of the types, unless a test before this one had them made.
        _ = ff1.encrypt(&digits, in: 0..<16, tweak: tweak.span)
        allocation_counter_start()
        for _ in 0..<100 { _ = ff1.encrypt(&digits, in: 0..<16, tweak: tweak.span) }
        let allocations = allocation_counter_stop()
        #expect(allocations == 0)
    }
}
