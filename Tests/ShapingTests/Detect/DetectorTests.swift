import Foundation
import Model
import Shaping
import Testing

/// What each detector finds and leaves, in texts that people write.
struct DetectorTests {
    private func found(_ kind: DetectorKind, in text: String) -> [String] {
        let bytes = Array(text.utf8)
        let detector = Detector(kind)
        var position = 0
        var found: [String] = []
        while let range = detector.firstMatch(in: bytes.span, from: position) {
            precondition(range.lowerBound >= position && !range.isEmpty && range.upperBound <= bytes.count)
            found.append(String(decoding: bytes[range], as: UTF8.self))
            position = range.upperBound
        }
        return found
    }

    @Test(arguments: [
        ("ann@example.org", "ann@example.org"),
        ("Ann <ann.b+tag@mail.example.co.uk>, bye", "ann.b+tag@mail.example.co.uk"),
        ("mailto:ann@example.org.", "ann@example.org"), ("to=ann@example.org&x=1", "ann@example.org"),
        (#"write "ann b"@example.org now"#, #""ann b"@example.org"#), (#""a\"b"@example.org"#, #""a\"b"@example.org"#),
        ("jörg@müller.example", "jörg@müller.example"), ("用户@例子.公司", "用户@例子.公司"),
        ("ann@xn--mller-kva.example", "ann@xn--mller-kva.example"), ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann@[IPv6:2001:db8::1] ok", "ann@[IPv6:2001:db8::1]"), ("u=ann%40example.org", "ann%40example.org"),
        ("ann＠example.org", "ann＠example.org"), ("ann@例子。公司", "ann@例子。公司"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("'ann@example.org'", "ann@example.org"), ("*ann@example.org*", "ann@example.org"),
        ("a|ann@example.org|b", "ann@example.org"),
        ("bounce+ann=example.org@lists.example", "bounce+ann=example.org@lists.example"),
        ("ANN@EXAMPLE.ORG", "ANN@EXAMPLE.ORG"),
        ("x @ann@example.org", "ann@example.org"), ("\u{201C}ann@example.org\u{201D}", "ann@example.org"),
        ("Adresse:\u{A0}ann@example.org\u{A0}!", "ann@example.org"), ("ann@192.0.2.1", "ann@192.0.2.1"),
    ])
    func `e-mail addresses are found whole`(text: String, address: String) {
        #expect(found(.email, in: text) == [address])
    }

    @Test(arguments: [
        "@ann", "ann@", "ann@localhost", "a @ b.org", "5@1.20", "@", "ann@.org", "ann@-.", "%40", "a@b@c", "x@1.2.3",
    ])
    func `what is no e-mail address stays`(text: String) {
        #expect(found(.email, in: text) == [])
    }

    @Test func `several addresses are found one by one`() {
        #expect(found(.email, in: "a@b.org,c@d.org;e@f.org g@h.org") == ["a@b.org", "c@d.org", "e@f.org", "g@h.org"])
        let many = String(repeating: "ann.lee@example.org ", count: 500)
        #expect(found(.email, in: many).count == 500)
    }

    @Test(arguments: [
        ("pay 4111 1111 1111 1111 now", "4111 1111 1111 1111"), ("4111-1111-1111-1111", "4111-1111-1111-1111"),
        ("4111\u{A0}1111\u{A0}1111\u{A0}1111", "4111\u{A0}1111\u{A0}1111\u{A0}1111"),
        ("no4111111111111111x", "4111111111111111"),
        ("3782 822463 10005", "3782 822463 10005"), ("30569309025904", "30569309025904"),
        ("6011111111111117", "6011111111111117"),
        ("7 4111 1111 1111 1111 8", "4111 1111 1111 1111"), ("4222222222222", "4222222222222"),
        ("2223003122003222", "2223003122003222"), ("2200770239097761", "2200770239097761"),
    ])
    func `card numbers are found whole`(text: String, number: String) {
        #expect(found(.card, in: text) == [number])
    }

    @Test(arguments: [
        "4111111111111112", "41111111111111111111", "1234567890123456", "0.4111111111111111", "411111111111",
        "0000000000000000",
        "4111 1111 1111\n1111",
    ])
    func `other numbers are no cards`(text: String) {
        #expect(found(.card, in: text) == [])
    }

    @Test(arguments: [
        ("DE89 3704 0044 0532 0130 00 is it", "DE89 3704 0044 0532 0130 00"),
        ("IBANGB82WEST12345698765432.", "GB82WEST12345698765432"),
        ("gb82 west 1234 5698 7654 32", "gb82 west 1234 5698 7654 32"),
        ("FR14-2004-1010-0505-0001-3M02-606", "FR14-2004-1010-0505-0001-3M02-606"),
        ("NO93 8601 1117 947", "NO93 8601 1117 947"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
    ])
    func `IBANs are found whole`(text: String, number: String) {
        #expect(found(.iban, in: text) == [number])
    }

    @Test(arguments: [
        "DE89370400440532013001", "DE8937040044053201300", "DE893704004405320130000", "XX89370400440532013000", "DE",
        "xDE89370400440532013000",
    ])
    func `other words are no IBANs`(text: String) {
        #expect(found(.iban, in: text) == [])
    }

    @Test(arguments: [
        ("from 192.0.2.7:8080", "192.0.2.7"), ("192.0.2.7/24", "192.0.2.7"), ("(10.0.0.1)", "10.0.0.1"),
        ("x192.0.2.7y", "192.0.2.7"),
        ("[2001:db8::7]:443", "2001:db8::7"), ("fe80::1%eth0 up", "fe80::1%eth0"), ("::1", "::1"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("addr:2001:db8::1", "2001:db8::1"), ("ipadd:2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:DB8:0:0:8:800:200C:417A"),
        ("is 2001:db8::.", "2001:db8::"), ("1.2.3.4.in-addr.arpa", "1.2.3.4"),
        ("at 010.001.002.003", "010.001.002.003"),
        ("2001:db8::1, bye", "2001:db8::1"),
    ])
    func `addresses are found whole`(text: String, address: String) {
        #expect(found(.ip, in: text) == [address])
    }

    @Test(arguments: [
        "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.1.1.256", "1.1.1.1111", "12:34:56", "00:1a:2b:3c:4d:5e", "std::vector",
        "::", "a:b", "Foo::Bar",
        "1:2:3:4:5:6:7", "1::2::3",
    ])
    func `other numbers are no addresses`(text: String) {
        #expect(found(.ip, in: text) == [])
    }

    @Test(arguments: [
        ("call +49 30 1234567 now", "+49 30 1234567"), ("+1 (415) 555-2671", "+1 (415) 555-2671"),
        ("+493012345678", "+493012345678"),
        ("+49 (0)30 / 123 45 67", "+49 (0)30 / 123 45 67"), ("+49.301234567", "+49.301234567"),
        ("0049 30 1234567", "0049 30 1234567"),
        ("00493012345678", "00493012345678"), ("030 1234567", "030 1234567"), ("(030) 123 45 67", "(030) 123 45 67"),
        ("01 23 45 67 89", "01 23 45 67 89"), ("01711234567", "01711234567"), ("0171/123 45 67", "0171/123 45 67"),
        ("(415) 555-2671", "(415) 555-2671"), ("415-555-2671", "415-555-2671"), ("415.555.2671.", "415.555.2671"),
        ("1-415-555-2671", "1-415-555-2671"), ("tel:+4930123456", "+4930123456"),
        ("+44\u{A0}20\u{A0}7946\u{A0}0958", "+44\u{A0}20\u{A0}7946\u{A0}0958"),
    ])
    func `phone numbers are found whole`(text: String, number: String) {
        #expect(found(.phone, in: text) == [number])
    }

    @Test(arguments: [
        "2024-01-31 10:00:00", "01.02.2024", "01-02-2024 10:30", "order 4155552671", "1234567890", "0000123456",
        "12.50", "0.123456789",
        "+1", "a+b", "1.234.567.890", "0123456789abcdef", "192.168.100.200", "10:30",
    ])
    func `other numbers are no phone numbers`(text: String) {
        #expect(found(.phone, in: text) == [])
    }

    private static let header = "eyJhbGciOiJIUzI1NiJ9"

    @Test(arguments: [
        ("Bearer \(header).eyJzdWIiOiIxIn0.abc_-1 x", "\(header).eyJzdWIiOiIxIn0.abc_-1"),
        ("t=\(header).eyJzdWIiOiIxIn0.", "\(header).eyJzdWIiOiIxIn0"),
        ("\(header).a.b.c.d", "\(header).a.b.c.d"), ("\(header)..iv.text.tag", "\(header)..iv.text.tag"),
        ("x\(header).YQ.Yg.", "\(header).YQ.Yg"),
    ])
    func `tokens are found whole`(text: String, token: String) {
        #expect(found(.jwt, in: text) == [token])
    }

    @Test(arguments: [
        "eyJ", "eyJhbGci", "eyJhbGciOiJIUzI1NiJ9.abc", "abc.def.ghi", "eyJhbGciOiJIUzI1NiJ9..", "EYJhbGciOi.a.b",
    ])
    func `other words are no tokens`(text: String) {
        #expect(found(.jwt, in: text) == [])
    }
}
