import Model
import Shaping
import Testing

struct PhoneActionTests {
    private func bench(keepsCountry: Bool) throws -> IdentityBench {
        try #require(IdentityBench(.phone(identity: "person", keepsCountry: keepsCountry)))
    }

    /// FF1 under the key that HMAC-SHA256("key", "person" 00 "phone cipher" 00) is, by a program of another language.
    @Test(arguments: [
        (true, "+49 (171) 123-4567", "+49 (227) 120-3861"), (true, "0049/1711234567", "0049/2271203861"),
        (false, "+49 (171) 123-4567", "+05 (995) 048-6539"), (false, "0049.171.1234567", "0005.995.0486539"),
        (false, "0171 1234567", "0001 2591641"), (true, "0171 1234567", "0001 2591641"),
    ])
    func `digits change, their places and what stands between them stay`(
        keepsCountry: Bool, number: String, result: String
    ) throws {
        #expect(try bench(keepsCountry: keepsCountry).text(for: number) == result)
    }

    @Test(arguments: [
        ("+12025550123", "+1"), ("+79123456789", "+7"), ("+4915112345678", "+49"), ("+3581234567", "+358"),
        ("+85212345678", "+852"), ("+8612345678901", "+86"), ("+2712345678", "+27"), ("+21112345678", "+211"),
    ])
    func `the country code stays where asked`(number: String, code: String) throws {
        let digits = number.dropFirst(code.count)
        let text = try bench(keepsCountry: true).text(for: number)
        #expect(text.hasPrefix(code) && text.dropFirst(code.count) != digits)
        #expect(try bench(keepsCountry: false).text(for: number).hasPrefix("+0"))
    }

    @Test func `no two numbers of a country become one, with its code and without`() throws {
        for keepsCountry in [true, false] {
            let bench = try bench(keepsCountry: keepsCountry)
            let texts = (0..<3_000).map { bench.text(for: "+49171\(1_000_000 + $0 * 7)") }
            #expect(Set(texts).count == 3_000)
        }
    }

    @Test func `short numbers are replaced, too`() throws {
        for keepsCountry in [true, false] {
            let text = try bench(keepsCountry: keepsCountry).text(for: "+4912345")
            #expect(text.count == 8 && !text.hasSuffix("12345"))
        }
        #expect(try bench(keepsCountry: false).text(for: "12345").wholeMatch(of: /000[0-9]{2}/) != nil)
    }

    @Test(arguments: [
        "", "+", "1234", "00 1234", "call 0171 1234567", "0171 1234567 ext. 3", "+49+171234567", "0171+234567",
        "١٢٣٤٥٦٧", String(repeating: "1", count: 39),
    ])
    func `what is no phone number is refused`(text: String) throws {
        #expect(try bench(keepsCountry: true).refusal(of: text) != nil)
    }

    @Test func `a number of JSON is refused`() throws {
        #expect(try bench(keepsCountry: true).refusal(of: "491711234567", kind: .number) != nil)
    }
}
