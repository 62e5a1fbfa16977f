import Model
import Shaping
import Testing

struct EmailActionTests {
    private func bench(domain: String = "staging.invalid") throws -> IdentityBench {
        let action = SanitizeAction.email(identity: "person", domain: domain)
        return try #require(IdentityBench(action, canonical: [.trim, .nfc, .lowercase]))
    }

    @Test func `the address is the pseudonym of the canonical one, at the domain`() throws {
        // HMAC-SHA256("key", "person" 00 "email" 00 "jürgen@example.org"), by a program of another language.
        #expect(try bench().text(for: " Ju\u{308}rgen@Example.org ") == "yfr2fqc2gnse62hh9mkj@staging.invalid")
        #expect(try bench().text(for: "jürgen@example.net") != bench().text(for: "jürgen@example.org"))
    }

    @Test func `without a domain mail cannot be delivered either`() throws {
        #expect(try bench(domain: "").text(for: "a@example.org").hasSuffix("@neutralised.invalid"))
    }

    @Test(arguments: ["", "@", "nobody", "\"a@b\"@c", "a@b, c@d", "x\n"])
    func `whatever stands there becomes one address at the domain`(text: String) throws {
        let result = try bench().result(of: text)
        #expect(result.outcome == .text)
        #expect(result.text.wholeMatch(of: /[0-9a-z]{20}@staging\.invalid/) != nil)
    }

    @Test func `a number is refused`() throws {
        #expect(try bench().refusal(of: "1", kind: .number) != nil)
    }
}
