import Model
import Shaping
import Testing

struct JSONFieldFinderTests {
    private static func text(_ path: String, _ document: [UInt8]) throws -> String? {
        let finder = JSONFieldFinder(try #require(JSONPath(parsing: path)))
        var out = Array("before".utf8)
        let isFound = finder.appendText(of: document.span, to: &out)
        let text = try #require(String(validating: out, as: UTF8.self))
        #expect(text.hasPrefix("before") && isFound == (text != "before"))
        return isFound ? String(text.dropFirst(6)) : nil
    }

    @Test(arguments: [
        ("$.id", #"{"id":42}"#, "42"), ("$.id", #" { "id" : "42" } "#, "42"), ("$.id", #"{"id":-1.50e+7}"#, "-1.50e+7"),
        ("$", #""whole""#, "whole"), ("$", "17", "17"),
        ("$.a.b", #"{"b":1,"a":{"a":2,"b":3}}"#, "3"), ("$.a[1]", #"{"a":[{"x":[9]},"second","third"]}"#, "second"),
        ("$.a[*].id", #"{"a":[{"x":0},{"id":"first"},{"id":"second"}]}"#, "first"),
        ("$.*.id", #"{"a":1,"b":{"id":"x"}}"#, "x"), ("$..id", #"{"a":[[{"b":{"id":"deep"}}]]}"#, "deep"),
        ("$..a.id", #"{"id":1,"a":{"a":{"id":2}}}"#, "2"), ("$['a.b']", #"{"a":{"b":1},"a.b":2}"#, "2"),
        ("$.email", #"{"\u0065mail":"x\"\\\/\n\u00e9\ud83d\ude00"}"#, "x\"\\/\n\u{e9}\u{1f600}"),
        ("$.id", #"{"s":"}]\"{[","id":1}"#, "1"), ("$.id", #"{"id":1,"id":2}"#, "1"),
        ("$.id", #"{"n":{"id":1},"t":true,"z":null,"e":{},"f":[],"id":5}"#, "5"), ("$.id", #"{"id":0} trailing"#, "0"),
    ])
    func `what a path leads to first is found`(path: String, document: String, text: String) throws {
        #expect(try Self.text(path, Array(document.utf8)) == text)
    }

    @Test(arguments: [
        "", " ", "{", "{}", "[]", "null", "42", #"{"id"}"#, #"{"id":}"#, #"{"id":nul}"#, #"{"id":null}"#,
        #"{"id":true}"#,
        #"{"id":{}}"#, #"{"id":[1]}"#, #"{"id":""}"#, #"{"id":"a"#, #"{"id":"\x"}"#, #"{"id":"\u12"}"#,
        #"{"id":"\ud800"}"#, #"{"id":"\ud800\u0041"}"#, #"{"id":"\udc00"}"#, #"{"id":01}"#, #"{"id":1.}"#,
        #"{"id":1e}"#,
        #"{"id":-}"#, #"{"id":+1}"#, #"{"a":1 "id":2}"#, #"{"a":},"id":2}"#, #"{"a":1,,"id":2}"#, #"{id:2}"#,
        "{\"id\":\"a\nb\"}",
        #"{"id":null,"id":2}"#, #"{"ID":2}"#, #"{"id ":2}"#, #"{"a":{"id":2}}"#, #"[{"id":2}]"#,
    ])
    func `what is broken, missing, empty or no text and no number is not found`(document: String) throws {
        #expect(try Self.text("$.id", Array(document.utf8)) == nil)
    }

    @Test func `a document nested a million deep is answered`() throws {
        let depth = 1_000_000
        let arrays = [UInt8](repeating: UInt8(ascii: "["), count: depth)
        #expect(try Self.text("$..id", arrays) == nil)
        #expect(try Self.text("$.id", Array(#"{"a":"#.utf8) + arrays) == nil)
        let closed = arrays + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        #expect(try Self.text("$.id", Array(#"{"a":"#.utf8) + closed + Array(#","id":3}"#.utf8)) == "3")
    }

    @Test func `every truncation and any change of a byte is answered`() throws {
        let whole = Array(
            #"{"s":"\u00e9\ud83d\ude00","a":[1,-2.5e3,{"b":[true,null]}],"c":{"id":"order-\u0034"}}"#.utf8)
        for path in ["$.c.id", "$..id", "$.a[2].b[*]", "$.*", "$"] {
            for count in 0...whole.count { _ = try Self.text(path, Array(whole[..<count])) }
            #expect(try Self.text("$.c.id", Array(whole.dropLast(2))) == "order-4")
            for place in whole.indices {
                for byte in [0, 0x22, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x2c, 0x3a, 0x30] as [UInt8] {
                    var changed = whole
                    changed[place] = byte
                    _ = try Self.text(path, changed)
                }
            }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `any bytes are answered`(seed: UInt64) throws {
        var random = SampleRandom(seed: seed)
        let finder = JSONFieldFinder(try #require(JSONPath(parsing: "$..id")))
        let alphabet = Array(#"{}[]",:\u0dDi1-e. "#.utf8) + [0, 0x80, 0xff]
        var out: [UInt8] = []
        for _ in 0..<20_000 {
            var document = Array(#"{"id":"#.utf8.prefix(Int.random(in: 0...6, using: &random)))
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                document.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            let isFound = finder.appendText(of: document.span, to: &out)
            #expect(isFound != out.isEmpty)
            out.removeAll(keepingCapacity: true)
        }
    }
}
