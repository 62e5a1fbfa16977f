import Model
import Shaping
import Testing

struct PseudonymActionTests {
    private func bench(_ form: SanitizeAction.PseudonymForm, _ canonical: IdentityDefinition.Step...) throws
        -> IdentityBench
    {
        try #require(IdentityBench(.pseudonym(identity: "person", as: form), canonical: canonical))
    }

    /// HMAC-SHA256("key", "person" 00 "id" 00 "4711"), computed and written by a program of another language. Stored
    /// data of test environments depends on these: they may not change.
    @Test(
        arguments: [
            (.uuid, "be79d8cf-4e34-4068-ba7d-b36e55b04488"), (.hex(8), "be79d8cf"),
            (.hex(64), "be79d8cf4e34b0683a7db36e55b0448895daa04905ff78719e49558204a61086"),
            (.base32(8), "qswxhkte"), (.base32(52), "qswxhkte6jr6gekxpdq5bc24h2axn8290qzqgwcy95ar41562230"),
            (.integer(1), "9"), (.integer(9), "599264136"), (.integer(18), "666952892699264136"),
        ] as [(SanitizeAction.PseudonymForm, String)])
    func `forms are written from the code`(form: SanitizeAction.PseudonymForm, text: String) throws {
        #expect(try bench(form).text(for: "4711") == text)
    }

    @Test func `a number stays one only where the form is one`() throws {
        #expect(try bench(.integer(9)).result(of: "4711", kind: .number).outcome == .json)
        #expect(try bench(.integer(9)).result(of: "4711", kind: .string).outcome == .text)
        #expect(try bench(.uuid).result(of: "4711", kind: .number).outcome == .text)
    }

    @Test(arguments: SanitizeAction.PseudonymForm.all)
    func `the same person is the same in a value, as text or number, in a key and in a header`(
        form: SanitizeAction.PseudonymForm
    ) throws {
        let value = try bench(form, .trim)
        let header = try bench(form, .trim)
        let texts = [
            value.text(for: "4711"), value.text(for: "4711", kind: .number), header.text(for: " 4711", kind: .text),
        ]
        #expect(Set(texts).count == 1)
    }

    @Test func `an id, a mail address and a phone number of the same digits have nothing in common`() throws {
        let id = try #require(IdentityBench(.pseudonym(identity: "person", as: .base32(20))))
        let email = try #require(IdentityBench(.email(identity: "person", domain: "a.invalid")))
        let digits = try #require(IdentityBench(.digits(identity: "person", keepsLuhn: false)))
        let phone = try #require(IdentityBench(.phone(identity: "person", keepsCountry: false)))
        let number = "491711234567"
        #expect(email.text(for: number) != id.text(for: number) + "@a.invalid")
        #expect(digits.text(for: number).suffix(9) != phone.text(for: number).suffix(9))
    }

    @Test func `another space has other pseudonyms`() throws {
        let other = try #require(IdentityBench(.pseudonym(identity: "card", as: .uuid)))
        #expect(try other.text(for: "4711") != bench(.uuid).text(for: "4711"))
    }

    @Test func `integers have all their digits, and no zero in front`() throws {
        for digits in 1...18 {
            let bench = try bench(.integer(digits))
            for id in 0..<50 {
                let text = bench.text(for: "\(id)")
                #expect(text.count == digits && text.first != "0" && Int(text) != nil)
            }
        }
    }

    @Test func `uuids have the version and the variant that validators look for`() throws {
        let bench = try bench(.uuid)
        for id in 0..<200 {
            let text = bench.text(for: "\(id)")
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
    }

    @Test func `no two of 100,000 ids become one uuid`() throws {
        let bench = try bench(.uuid)
        var seen: Set<[UInt8]> = []
        seen.reserveCapacity(100_000)
        for id in 0..<100_000 { seen.insert(bench.result(of: "\(id)").bytes) }
        #expect(seen.count == 100_000)
    }

    @Test func `what is neither text nor number is refused`() throws {
        for (text, kind) in [("true", .boolean), ("{}", .object), ("[]", .array)] as [(String, FieldKind)] {
            #expect(try bench(.uuid).refusal(of: text, kind: kind) != nil)
        }
    }
}

extension SanitizeAction.PseudonymForm {
    static let all: [Self] = [.uuid, .hex(32), .base32(26), .integer(12)]
}
