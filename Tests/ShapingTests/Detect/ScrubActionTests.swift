import Model
import Shaping
import Testing

struct ScrubActionTests {
    private func scrubbed(_ text: String, _ kinds: [DetectorKind] = DetectorKind.allCases) -> String? {
        TextActionRun(ScrubAction(kinds)).text(text)
    }

    @Test func `each find is replaced by its kind, and nothing else changes`() {
        let text = """
            Ann <ann@shop.example> called +49 30 1234567 from 192.0.2.7 (2001:db8::7) 🙂; card 4111 1111 1111 1111, \
            account DE89 3704 0044 0532 0130 00, token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_123 on 2024-01-31 10:00:00.
            """
        #expect(
            scrubbed(text) == """
                Ann <[email]> called [phone] from [ip] ([ip]) 🙂; card [card], \
                account [iban], token [jwt] on 2024-01-31 10:00:00.
                """)
        #expect(scrubbed(text, []) == text)
        #expect(scrubbed(text, [.email])?.contains("4111 1111 1111 1111") == true)
        #expect(scrubbed("", DetectorKind.allCases) == "")
    }

    @Test func `nothing sticks out where two finds overlap`() {
        #expect(scrubbed("+49 4111 1111 1111 1111 end") == "[card] end")
        #expect(scrubbed("0171-1234567@shop.example") == "[email]")
        #expect(scrubbed("ann@[192.0.2.7]") == "[email]")
        #expect(
            scrubbed("eyJhbGciOiJIUzI1NiJ9.a@b.example") == "[jwt]"
                || scrubbed("eyJhbGciOiJIUzI1NiJ9.a@b.example") == "[email]")
    }

    @Test func `finds at both ends and side by side are replaced`() {
        #expect(scrubbed("a@b.org c@d.org") == "[email] [email]")
        #expect(scrubbed("192.0.2.7,192.0.2.8") == "[ip],[ip]")
        #expect(scrubbed("[192.0.2.7]") == "[[ip]]")
    }

    @Test func `only texts are searched`() {
        let run = TextActionRun(ScrubAction([.email]))
        for kind in [FieldKind.number, .boolean, .object, .array] { #expect(run.isMismatch("1", kind)) }
        #expect(run.outcome([], .null) == (.null, []))
    }

    @Test func `a scan finds what the detectors find by themselves, and in order`() {
        let pieces = [
            "ann@shop.example", "4111 1111 1111 1111", "DE89370400440532013000", "192.0.2.7", "+49 30 1234567", "::1",
            "eyJhbGciOiJIUzI1NiJ9.YQ.Yg", "hello", "2024-01-31", "", "7", "é", ",", ":",
        ]
        var scan = DetectorScan(DetectorKind.allCases)
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 1...8)).map { _ in pieces.randomElement() ?? "" }.joined(separator: " ; ")
            let bytes = Array(text.utf8)
            var findings: [Finding] = []
            scan.begin(with: bytes.span)
            while let finding = scan.next(in: bytes.span) { findings.append(finding) }
            for (left, right) in zip(findings, findings.dropFirst()) {
                #expect(left.range.upperBound <= right.range.lowerBound, "\(text)")
            }
            for kind in DetectorKind.allCases {
                var position = 0
                while let range = Detector(kind).firstMatch(in: bytes.span, from: position) {
                    #expect(
                        findings.contains {
                            $0.range.lowerBound <= range.lowerBound && range.upperBound <= $0.range.upperBound
                        }, "\(text)")
                    position = range.upperBound
                }
            }
        }
    }
}
