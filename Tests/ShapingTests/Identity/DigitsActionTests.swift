import Model
import Shaping
import Testing

struct DigitsActionTests {
    private func bench(keepsLuhn: Bool = false) throws -> IdentityBench {
        try #require(IdentityBench(.digits(identity: "person", keepsLuhn: keepsLuhn)))
    }

    private func isLuhn(_ text: String) -> Bool {
        let digits = text.compactMap(\.wholeNumberValue)
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let twice = digit.element * 2
            return sum + (digit.offset % 2 == 0 ? digit.element : twice > 9 ? twice - 9 : twice)
        }
        return sum % 10 == 0
    }

    /// FF1 under the key that HMAC-SHA256("key", "person" 00 "digits cipher" 00) is, by a program of another language.
    @Test func `digits are encrypted where they stand`() throws {
        #expect(try bench().text(for: "1234567890") == "8211530462")
        #expect(try bench().text(for: "DE12 3456-7890/x") == "DE82 1153-0462/x")
        #expect(try bench(keepsLuhn: true).text(for: "4111 1111 1111 1111") == "9992 8767 7905 3945")
    }

    @Test func `a number stays a number of as many digits, and has the digits of the text`() throws {
        let bench = try bench()
        for number in stride(from: 100_000, to: 1_000_000, by: 4_999) {
            let result = bench.result(of: "-\(number)", kind: .number)
            #expect(result.outcome == .json)
            #expect(result.text.wholeMatch(of: /-[1-9][0-9]{5}/) != nil)
            #expect(result.text == bench.text(for: "-\(number)"))
        }
    }

    @Test(arguments: [6, 7])
    func `no two texts of as many digits become one, and a leading zero stays one`(count: Int) throws {
        let bench = try bench()
        var seen: Set<String> = []
        var texts = 0
        // With a zero in front and without, as many of each.
        for start in [0, 1] {
            for rest in stride(from: 0, to: 100_000, by: 50) {
                let head = "\(start)" + String(repeating: "3", count: count - 6)
                let tail = String(repeating: "0", count: 5 - "\(rest)".count) + "\(rest)"
                let text = bench.text(for: head + tail)
                #expect(text.count == count && (text.first == "0") == (start == 0))
                seen.insert(text)
                texts += 1
            }
        }
        #expect(seen.count == texts)
    }

    @Test func `the check digit of every card stays right, and numbers differ`() throws {
        let bench = try bench(keepsLuhn: true)
        var seen: Set<String> = []
        for card in 0..<2_000 {
            let text = bench.text(for: "4\(100_000_000 + card * 37)0")
            #expect(isLuhn(text))
            seen.insert(text)
        }
        #expect(seen.count == 2_000)
    }

    @Test func `fewer than six digits are refused, and the check digit is not one of them`() throws {
        #expect(try bench().refusal(of: "12-345") != nil)
        #expect(try bench().refusal(of: "123456") == nil)
        #expect(try bench(keepsLuhn: true).refusal(of: "123456") != nil)
        #expect(try bench(keepsLuhn: true).refusal(of: "1234566") == nil)
        #expect(try bench(keepsLuhn: true).refusal(of: "") != nil)
    }

    @Test func `more than 38 digits are refused`() throws {
        #expect(try bench().refusal(of: String(repeating: "1", count: 38)) == nil)
        #expect(try bench().refusal(of: String(repeating: "1", count: 39)) != nil)
    }

    @Test func `digits of other scripts do not pass`() throws {
        #expect(try bench().refusal(of: "1234567 ١٢٣٤٥٦٧") != nil)
    }

    @Test(arguments: ["1234567.5", "1234567e3", "1E1234567", "0123456", "12-34567", "-"])
    func `numbers other than whole ones are refused`(number: String) throws {
        #expect(try bench().refusal(of: number, kind: .number) != nil)
    }
}
