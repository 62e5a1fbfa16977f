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

    @Test(arguments: ["1", "7", "49", "358", "852", "86", "27", "211", "20", "39", "599", "998", "90"])
    func `the country code stays where asked, and nothing behind it`(code: String) throws {
        let bench = try bench(keepsCountry: true)
        let texts = (0..<50).map { bench.text(for: "+\(code)\(600_000_000 + $0)") }
        #expect(texts.allSatisfy { $0.hasPrefix("+\(code)") })
        #expect(Set(texts.map { $0.dropFirst(1 + code.count).first }).count > 1)
        #expect(try self.bench(keepsCountry: false).text(for: "+\(code)600000000").hasPrefix("+0"))
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
