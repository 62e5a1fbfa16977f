import Foundation
import Model
import Shaping
import Testing

struct TextActionTests {
    @Test func `drop and null leave nothing`() {
        for kind in [FieldKind.string, .number, .boolean, .null, .object, .array, .text] {
            #expect(TextActionRun(DropAction()).outcome([65], kind) == (.drop, []))
            #expect(TextActionRun(NullAction()).outcome([65], kind) == (.null, []))
        }
    }

    @Test(arguments: [
        (#""a\n\"\u00e9\ud83d\ude00\\""#, "a\n\"é😀\\"), ("42", "42"), (#"{"a":1}"#, #"{"a":1}"#), (#""""#, ""),
        (#""\ud83dx""#, "\u{FFFD}"), (#""\u12"#, #""\u12"#),
    ])
    func `set puts JSON into values, and a string's text into keys and headers`(json: String, text: String) {
        let run = TextActionRun(SetAction(json: json))
        #expect(run.json("old", .object) == json)
        #expect(run.text("old", .text)?.hasPrefix(text) == true)
    }

    @Test func `set to null takes a key's text away`() {
        #expect(TextActionRun(SetAction(json: "null")).outcome([65], .text) == (.null, []))
        #expect(TextActionRun(SetAction(json: "null")).json("a", .string) == "null")
    }

    @Test func `a mask leaves the number of characters, or not even that`() {
        let run = TextActionRun(MaskAction(with: "*", length: nil))
        #expect(run.text("añ😀e\u{301}") == "*****")
        #expect(run.text("") == "")
        #expect(run.json("-12.5", .number) == "0")
        #expect(run.json("true", .boolean) == "false")
        #expect(run.outcome(Array("null".utf8), .null) == (.null, []))
        #expect(run.isMismatch("{}", .object))
        #expect(run.isMismatch("[]", .array))
        #expect(TextActionRun(MaskAction(with: "••", length: 3)).text("a") == "••••••")
        #expect(TextActionRun(MaskAction(with: "x", length: 0)).text("abc", .text) == "")
    }

    @Test func `a part of a text stays only where something lies between`() {
        let run = TextActionRun(PartialAction(keepFirst: 2, keepLast: 2, with: "*"))
        #expect(run.text("DE89370400") == "DE******00")
        #expect(run.text("abcde") == "ab*de")
        #expect(run.text("abcd") == "****")
        #expect(run.text("") == "")
        #expect(run.text("öüäßé", .text) == "öü*ßé")
        #expect(run.isMismatch("1234567", .number))
        #expect(run.isMismatch("true", .boolean))
        #expect(run.outcome([], .null) == (.null, []))
        #expect(TextActionRun(PartialAction(keepFirst: .max, keepLast: .max, with: "*")).text("abc") == "***")
        #expect(TextActionRun(PartialAction(keepFirst: 0, keepLast: 4, with: "#")).text("41111111") == "####1111")
        #expect(TextActionRun(PartialAction(keepFirst: -1, keepLast: -1, with: "#")).text("ab") == "##")
    }

    @Test func `a hash is SHA-256's, of texts and numbers`() {
        let run = TextActionRun(HashAction())
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(run.text("abc") == abc)
        #expect(run.text("abc", .text) == abc)
        #expect(run.text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(run.text("12", .number) == run.text("12", .string))
        #expect(run.isMismatch("true", .boolean))
        #expect(run.isMismatch("{}", .object))
        #expect(run.outcome([], .null) == (.null, []))
    }

    @Test func `every action without an identity is made, the others are left to their makers`() {
        let made: [SanitizeAction] = [
            .drop, .null, .set(json: "1"), .mask(with: "*", length: nil),
            .partial(keepFirst: 1, keepLast: 1, with: "*"),
            .hash, .url(EndpointMap()), .noise(relative: 0.1), .shiftTime(milliseconds: 1), .scrub([.email]),
        ]
        let left: [SanitizeAction] = [
            .pseudonym(identity: "a", as: .uuid), .email(identity: "a", domain: "b"),
            .phone(identity: "a", keepsCountry: true), .ip(identity: "a", keepsPrefix: true),
            .dictionary(words: WordList(["a"]), identity: "b"), .digits(identity: "a", keepsLuhn: false),
        ]
        #expect(made.allSatisfy { TextActions.make($0) != nil })
        #expect(left.allSatisfy { TextActions.make($0) == nil })
        let names = made.compactMap(TextActions.make).map { String(describing: type(of: $0)) }
        #expect(Set(names).count == made.count)
    }

    @Test func `masked text holds no byte of what it was made from, for any bytes`() {
        var random = SystemRandomNumberGenerator()
        let run = TextActionRun(MaskAction(with: "\u{1}", length: nil))
        for _ in 0..<4_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                UInt8.random(in: 2...255, using: &random)
            }
            let (outcome, masked) = run.outcome(bytes)
            #expect(outcome == .text)
            #expect(masked.allSatisfy { $0 == 1 } && masked.count <= bytes.count)
        }
    }
}
