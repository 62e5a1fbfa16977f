import Model
import Shaping
import Testing

/// Broken, truncated and hostile documents: whatever comes out of them, no listed field's text does.
struct HostileDocumentTests {
    /// Stands in every listed field and in nothing else, written in several ways.
    private static let marker = "Zq7SecretKw"
    private static let listed = ["$.user.email", "$.user.address", "$.tags[*]", "$..phone", "$.note", "$.deep"]
    private static let kept = ["$.id", "$.status", "$.items[*].sku", "$.user.id"]

    private static let documents = [
        #"""
        {"id":"o-1","user":{"id":"u-1","email":"Zq7SecretKw@example.org","address":{"street":"Zq7SecretKw",\#
        "n":[1,"Zq7SecretKw"]}},"status":"paid"}
        """#,
        #"""
        { "user" : { "\u0065mail" : "\u005aq7SecretKw" , "email":"x\n\"Zq7SecretKw\"" } ,\#
         "note":"zq7secretkw","id":7 }
        """#,
        #"""
        {"tags":["Zq7SecretKw","\u005A\u0071\u0037\u0053\u0065\u0063\u0072\u0065\u0074\u004b\u0077"],\#
        "items":[{"sku":"S","phone":"Zq7SecretKw"}]}
        """#,
        #"""
        {"note":"ZQ7SECRETKW","note":"Zq7SecretKw","n\u006fte":"Zq7SecretKw","status":"sent",\#
        "phone":{"home":"Zq7SecretKw"}}
        """#,
        #"[{"phone":"Zq7SecretKw","other":["Zq7SecretKw",{"z":"Zq7SecretKw"}]},"Zq7SecretKw",null,true,-1.5e3]"#,
        #"{"deep":[[[[{"a":{"b":["Zq7SecretKw"]}}]]]],"id":"é𝄞","user":{"email":"Zq7SecretKw é𝄞"},"items":[]}"#,
    ]

    private static let actions: [SanitizeAction] = [
        .mask(with: "*", length: nil), .hash, .email(identity: "p", domain: "d"), .drop, .null, .set(json: "1"),
    ]

    private func sanitizers(keep: [String] = kept) throws -> [TopicSanitizer] {
        try [SanitizePolicy.Unlisted.mask, .drop].flatMap { unlisted in
            try Self.actions.map { action in
                try .ofTest(.ofTest(unlisted, keep: keep, Self.listed.map { ($0, action) }))
            }
        }
    }

    /// Whether the marker can be read in `bytes`: as it is, in other letters, or written with escapes.
    private func tells(_ bytes: [UInt8]) -> Bool {
        var text: [UInt8] = []
        JSONText.appendUnescaped(bytes.span, to: &text)
        let wanted = Array(Self.marker.lowercased().utf8)
        func holds(_ bytes: [UInt8]) -> Bool {
            guard bytes.count >= wanted.count else { return false }
            for start in 0...(bytes.count - wanted.count) where bytes[start] | 0x20 == wanted[0] {
                var length = 1
                while length < wanted.count, bytes[start + length] | 0x20 == wanted[length] | 0x20 { length += 1 }
                if length == wanted.count { return true }
            }
            return false
        }
        return holds(bytes) || holds(text)
    }

    private func attack(_ documents: [[UInt8]], under sanitizers: [TopicSanitizer], _ what: String) {
        for (number, document) in documents.enumerated() {
            attack(document, under: sanitizers[number % sanitizers.count], "\(what), document \(number)")
        }
    }

    private func attack(_ document: [UInt8], under sanitizer: TopicSanitizer, _ what: @autoclosure () -> String) {
        func place() -> Comment { "\(what()): \(String(decoding: document.prefix(300), as: UTF8.self))" }
        let (bytes, outcome) = sanitizer.run(document)
        if let bytes {
            let isTold = tells(bytes)
            #expect(!isTold, place())
            #expect(JSONScanner.fault(in: bytes.span) == nil, place())
        } else {
            let reasons = "\(outcome) \(sanitizer.lastFailure?.description ?? "")"
            let isTold = tells(Array(reasons.utf8))
            #expect(!isTold, place())
        }
    }

    @Test func `the marker is found where it is, so the other tests mean something`() {
        for document in Self.documents { #expect(tells(Array(document.utf8))) }
        #expect(tells(Array(#"x\u005aq7SecretK\u0077"#.utf8)))
        #expect(!tells(Array("Zq7SecretK".utf8)))
    }

    @Test func `whole documents`() throws {
        for document in Self.documents {
            for sanitizer in try sanitizers() { attack(Array(document.utf8), under: sanitizer, "whole") }
        }
    }

    @Test func `documents that end at any byte`() throws {
        try attack(
            Self.documents.flatMap { document in
                let bytes = Array(document.utf8)
                return bytes.indices.map { Array(bytes[..<$0]) }
            }, under: sanitizers(), "truncated")
    }

    @Test(arguments: [0x00, 0x22, 0x2C, 0x3A, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x80, 0xFF, 0x75] as [UInt8])
    func `documents with another byte in any place`(byte: UInt8) throws {
        try attack(
            Self.documents.flatMap { document in
                let bytes = Array(document.utf8)
                return bytes.indices.map { index in
                    var changed = bytes
                    changed[index] = byte
                    return changed
                }
            }, under: sanitizers(), "byte \(byte)")
    }

    @Test func `documents with a bit turned, a byte taken out or one twice, in any place`() throws {
        try attack(
            Self.documents.flatMap { document in
                let bytes = Array(document.utf8)
                return bytes.indices.flatMap { index -> [[UInt8]] in
                    var turned = bytes
                    turned[index] ^= 1 << UInt8(index % 8)
                    let (before, behind) = (Array(bytes[..<index]), Array(bytes[(index + 1)...]))
                    return [turned, before + behind, before + [bytes[index], bytes[index]] + behind]
                }
            }, under: sanitizers(), "edited")
    }

    @Test func `pieces of documents put together at random`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var numbers = SeededNumbers(seed: seed)
        let pieces = Self.documents.map { Array($0.utf8) }
        var spliced: [[UInt8]] = []
        for _ in 0..<1_500 {
            let (first, second) = (
                pieces.randomElement(using: &numbers) ?? [], pieces.randomElement(using: &numbers) ?? []
            )
            let head = first.prefix(Int.random(in: 0...first.count, using: &numbers))
            spliced.append(Array(head + second.suffix(Int.random(in: 0...second.count, using: &numbers))))
        }
        // Nothing is kept: what was spliced to the text of a kept place would stay with it.
        try attack(spliced, under: sanitizers(keep: []), "spliced, seed \(seed)")
    }

    @Test func `bombs, giants and other encodings`() throws {
        let marker = Self.marker
        let long = String(repeating: marker, count: 500)
        let texts = [
            String(repeating: "[", count: 10_000) + "\"\(marker)\"",
            String(repeating: #"{"user":"#, count: 200) + "\"\(marker)\"" + String(repeating: "}", count: 200),
            String(repeating: "[", count: 127) + "\"\(marker)\"" + String(repeating: "]", count: 127),
            #"{"note":"\#(long)"}"#, #"{"\#(String(repeating: "x", count: 10_000))":"\#(marker)"}"#,
            #"{"note":\#(String(repeating: "9", count: 10_000))\#(marker)}"#,
            #"{"note":1e\#(String(repeating: "9", count: 10_000))}"#,
            "\u{FEFF}{\"note\":\"\(marker)\"}", #"{"note":"\#(marker)"} {"note":"\#(marker)"}"#,
            #"{"note":"\#(marker)"}//\#(marker)"#, #"{"note":"\#(marker)\ud800"}"#, "{'note':'\(marker)'}",
            "{note:\"\(marker)\"}", marker, "\"\(marker)\"", "\"\(marker)", "{\"note\":\"\(marker)\u{0}\"}",
            "{" + (0..<500).map { _ in #""email":"\#(marker)""# }.joined(separator: ",") + "}",
        ]
        let wide = #"{"note":"\#(marker)"}"#.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let documents = texts.map { Array($0.utf8) } + [wide, [0xFF, 0xFE] + wide]
        for sanitizer in try sanitizers() {
            for document in documents { attack(document, under: sanitizer, "hostile") }
        }
    }
}
