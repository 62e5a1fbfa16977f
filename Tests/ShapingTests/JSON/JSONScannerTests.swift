import Shaping
import Testing

struct JSONScannerTests {
    private func fault(_ text: String) -> JSONFault.Kind? { JSONScanner.fault(in: Array(text.utf8).span)?.kind }

    @Test(arguments: [
        "{}", "[]", "\"\"", "0", "-0", "12.5e+7", "1E400", "true", "false", "null", " \t\r\n[ 1 , 2 ] \n",
        #"{"a":{"b":[{},[],null]},"a":1}"#, #""\"\\\/\b\f\n\r\té𝄞""#, #""\ud834\udd1e \u0000""#,
        "\"\u{7F}\u{2028}\u{10FFFF}\"", "[0.5,1e1,-1E-2]", "\"a string that is longer than a word of eight bytes\"",
    ])
    func `what RFC 8259 calls JSON is read to its end`(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(
        arguments: [
            ("", .empty), (" \n", .empty), ("\u{FEFF}{}", .byteOrderMark), ("{} x", .trailingBytes),
            ("1 2", .trailingBytes),
            ("01", .trailingBytes), ("[01]", .unexpectedByte), ("[1.]", .badNumber), ("1.", .truncated),
            ("-", .truncated),
            ("[-]", .badNumber), ("[1e]", .badNumber), ("[1e+]", .badNumber), ("[.5]", .unexpectedByte),
            ("[+1]", .unexpectedByte), ("[NaN]", .unexpectedByte), ("[nul]", .badLiteral), ("tru", .truncated),
            ("True", .unexpectedByte), ("[truE]", .badLiteral), ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte),
            ("{,}", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte), (#"{"a"}"#, .unexpectedByte),
            (#"{"a" 1}"#, .unexpectedByte), (#"{a:1}"#, .unexpectedByte), (#"{1:1}"#, .unexpectedByte),
            ("[1}", .unexpectedByte), (#"{"a":1]"#, .unexpectedByte), ("]", .unexpectedByte),
            ("[1 2]", .unexpectedByte),
            ("[", .truncated), (#"{"a""#, .truncated), (#"{"a":"#, .truncated), (#"{"a":1"#, .truncated),
            ("\"abc", .truncated), (#""abc\"#, .truncated), (#""\u12"#, .truncated), (#""\x""#, .badEscape),
            (#""\u12G4""#, .badEscape), (#""\ud834""#, .loneSurrogate), (#""\udd1e""#, .loneSurrogate),
            (#""\ud834\ud834""#, .loneSurrogate),
            (#""\udd1e\udd1e""#, .loneSurrogate), (#""\ud834x""#, .loneSurrogate), ("\"a\tb\"", .controlCharacter),
            ("\"0123456\n\"", .controlCharacter), ("[1]\u{0}", .trailingBytes), ("\u{0}", .unexpectedByte),
            ("'a'", .unexpectedByte), ("/**/1", .unexpectedByte), ("\u{A0}1", .unexpectedByte),
        ] as [(String, JSONFault.Kind)])
    func `what is no JSON is refused for its reason`(text: String, kind: JSONFault.Kind) {
        #expect(fault(text) == kind)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0xAF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused in values and in keys, wherever it stands`(bytes: [UInt8]) {
        for padding in 0..<18 {
            let text = [UInt8](repeating: 0x61, count: padding) + bytes + [0x62]
            let value = [0x22] + text + [0x22]
            #expect(JSONScanner.fault(in: value.span)?.kind == .invalidUTF8)
            let key = Array("{\"".utf8) + text + Array("\":1}".utf8)
            #expect(JSONScanner.fault(in: key.span)?.kind == .invalidUTF8)
        }
    }

    @Test func `every byte is either plain or stopped at, wherever in a word it stands`() {
        for byte in UInt8.min...UInt8.max {
            for padding in 0..<17 {
                let text = [0x22] + [UInt8](repeating: 0x7A, count: padding) + [byte] + Array("zzzzzzzzzz\"".utf8)
                let expected: JSONFault.Kind? =
                    switch byte {
                    case 0..<0x20: .controlCharacter
                    case 0x22: .trailingBytes
                    case 0x5C: .badEscape
                    case 0x80...: .invalidUTF8
                    default: nil
                    }
                #expect(JSONScanner.fault(in: text.span)?.kind == expected, "byte \(byte) behind \(padding)")
            }
        }
    }

    @Test func `128 levels are read, one more is refused, and a bomb is refused as early`() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(fault(nested(128, "[", "]")) == nil)
        #expect(fault(nested(128, "{\"a\":", "}")) == nil)
        #expect(fault(nested(64, "[{\"a\":", "}]")) == nil)
        #expect(fault(nested(64, "[{\"a\":", "]}")) == .unexpectedByte)
        #expect(fault(nested(129, "[", "]")) == .tooDeep)
        let bomb = JSONScanner.fault(in: Array(String(repeating: "[", count: 1_000_000).utf8).span)
        #expect(bomb == JSONFault(.tooDeep, at: 128))
    }

    @Test func `tokens come with their places`() {
        let text = Array(#" {"a\n": [ -1.5, "x" ] , "":null}"#.utf8)
        var scanner = JSONScanner()
        var read: [String] = []
        while true {
            let token = scanner.next(in: text.span)
            let written = String(decoding: text[scanner.tokenStart..<scanner.tokenEnd], as: UTF8.self)
            if token == .end || token == .fault { break }
            read.append(
                "\(token) \(written) \(scanner.depth)" + (scanner.hasEscapes && token == .key ? " escaped" : ""))
        }
        #expect(scanner.fault == nil)
        #expect(
            read == [
                "beginObject { 1", "key \"a\\n\" 1 escaped", "beginArray [ 2", "number -1.5 2", "string \"x\" 2",
                "endArray ] 1", "key \"\" 1", "null null 1", "endObject } 0",
            ])
    }

    @Test func `a fault stays`() {
        let text = Array("[1,,2]".utf8)
        var scanner = JSONScanner()
        while scanner.next(in: text.span) != .fault {}
        #expect(scanner.next(in: text.span) == .fault)
        #expect(scanner.fault == JSONFault(.unexpectedByte, at: 3))
    }

    @Test func `texts go into JSON and come back, all characters of the first planes and of some others`() {
        for first in stride(from: UInt32(0), to: 0x11000, by: 64) {
            let text = String(String.UnicodeScalarView((first..<first + 64).compactMap(Unicode.Scalar.init)))
            var json: [UInt8] = []
            #expect(JSONText.appendString(Array(text.utf8).span, to: &json))
            #expect(JSONScanner.fault(in: json.span) == nil)
            var back: [UInt8] = []
            JSONText.appendUnescaped(json.span.extracting(1..<json.count - 1), to: &back)
            #expect(back == Array(text.utf8))
        }
    }

    @Test func `every form of an escape means its character`() {
        var text: [UInt8] = []
        JSONText.appendUnescaped(Array(#"\u0065\u00E9\u20aC\ud834\uDD1E\"\\\/\b\f\n\r\t"#.utf8).span, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "e\u{E9}\u{20AC}\u{1D11E}\"\\/\u{8}\u{C}\n\r\t")
    }

    @Test func `a text that is no UTF-8 becomes no JSON`() {
        var json: [UInt8] = [0x31]
        #expect(!JSONText.appendString([0x61, 0xFF].span, to: &json))
        #expect(json == [0x31])
    }
}
