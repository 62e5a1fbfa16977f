import Model
import Shaping
import Testing

/// One document, one policy, one answer.
struct GoldenTests {
    private static let email = SanitizeAction.email(identity: "person", domain: "x.invalid")
    private static let mask = SanitizeAction.mask(with: "*", length: nil)

    private func run(_ json: String, _ rules: (String, SanitizeAction)...) throws -> String {
        try TopicSanitizer.ofTest(.ofTest(.keep, rules)).run(json)
    }

    private func run(
        _ json: String, _ unlisted: SanitizePolicy.Unlisted, keep: [String] = [],
        _ rules: (String, SanitizeAction)...
    ) throws -> String {
        try TopicSanitizer.ofTest(.ofTest(unlisted, keep: keep, rules)).run(json)
    }

    @Test(arguments: [
        (SanitizeAction.drop, #"{"u":{"b":1}}"#), (.null, #"{"u":{"a":null,"b":1}}"#),
        (.set(json: #"[1, 2]"#), #"{"u":{"a":[1, 2],"b":1}}"#), (mask, #"{"u":{"a":"***","b":1}}"#),
        (.hash, ##"{"u":{"a":"#\"\\\u000a#","b":1}}"##), (email, #"{"u":{"a":"fake","b":1}}"#),
    ])
    func `an action changes its place in an object and nothing else`(action: SanitizeAction, expected: String) throws {
        #expect(try run(#"{"u":{"a":"xyz","b":1}}"#, ("$.u.a", action)) == expected)
    }

    @Test(arguments: [
        (SanitizeAction.drop, "[ 1, [2 ] ]"), (.null, "[ 1, [2 , null ] ]"), (.set(json: "{}"), "[ 1, [2 , {} ] ]"),
        (mask, "[ 1, [2 , \"*\" ] ]"), (email, "[ 1, [2 , \"fake\" ] ]"),
    ])
    func `an action changes its place in an array and nothing else`(action: SanitizeAction, expected: String) throws {
        #expect(try run("[ 1, [2 , \"e\" ] ]", ("$[1][1]", action)) == expected)
    }

    @Test(arguments: [
        ("a", #"{ "b" : 2 , "c" : 3 }"#), ("b", #"{ "a" : 1 , "c" : 3 }"#), ("c", #"{ "a" : 1 , "b" : 2 }"#),
        ("a b", #"{ "c" : 3 }"#), ("b c", #"{ "a" : 1 }"#), ("a c", #"{ "b" : 2 }"#), ("a b c", "{  }"),
    ])
    func `commas are right whichever members go`(names: String, expected: String) throws {
        let rules = names.split(separator: " ").map { ("$.\($0)", SanitizeAction.drop) }
        let sanitizer = try TopicSanitizer.ofTest(.ofTest(.keep, rules))
        #expect(sanitizer.run(#"{ "a" : 1 , "b" : 2 , "c" : 3 }"#) == expected)
    }

    @Test func `commas are right whichever elements go`() throws {
        #expect(try run("[10,20,30]", ("$[0]", .drop)) == "[20,30]")
        #expect(try run("[10,20,30]", ("$[1]", .drop)) == "[10,30]")
        #expect(try run("[10,20,30]", ("$[2]", .drop)) == "[10,20]")
        #expect(try run("[10,20,30]", ("$[0]", .drop), ("$[2]", .drop)) == "[20]")
        #expect(try run("[10,20,30]", ("$[*]", .drop)) == "[]")
        #expect(try run("[[1,2],[3,4]]", ("$[*][0]", .drop)) == "[[2],[4]]")
        #expect(try run("[[1,2],[3,4],5]", ("$[0]", .drop), ("$[1][1]", .drop)) == "[[3],5]")
    }

    @Test func `a member that changes beside members that go stays whole`() throws {
        let json = #"{"a":1,"b":"x","c":2,"d":"y","e":3}"#
        #expect(
            try run(json, ("$.a", .drop), ("$.b", Self.email), ("$.c", .drop), ("$.d", Self.email), ("$.e", .drop))
                == #"{"b":"fake","d":"fake"}"#)
    }

    @Test func `unlisted leaves are masked by their kind, and names and formatting stay`() throws {
        #expect(
            try run(#"{ "s":"secret\n", "n":-1.5e3,"t":true,"f":false,"z":null,"o":{"k":["x",7]},"e":[{}] }"#, .mask)
                == #"{ "s":"***", "n":0,"t":false,"f":false,"z":null,"o":{"k":["***",0]},"e":[{}] }"#)
        #expect(try run(#""secret""#, .mask) == #""***""#)
        #expect(try run("42", .mask) == "0")
    }

    @Test func `unlisted leaves go, with the containers that hold nothing else`() throws {
        #expect(try run(#"{"a":1,"b":{"c":2,"d":[3]},"e":[]}"#, .drop, keep: ["$.b.c"]) == #"{"b":{"c":2}}"#)
        #expect(try run(#"{"x":{"y":{"z":1}},"a":"k","w":[[[1]]]}"#, .drop, keep: ["$.a"]) == #"{"a":"k"}"#)
        #expect(
            try run(#"{"a":"k", "x":{"y":{"z":1}}, "b":"m"}"#, .drop, keep: ["$.a", "$.b"]) == #"{"a":"k", "b":"m"}"#)
        #expect(try run(#"{"a":1,"b":[2]}"#, .drop) == "{}")
        #expect(try run(#"[{"a":1},{"a":2,"id":3},{}]"#, .drop, keep: ["$[*].id"]) == #"[{"id":3}]"#)
        #expect(try run(#""secret""#, .drop) == "null")
        #expect(try run(#"{"m":{"x":1,"y":"b"}}"#, .drop, ("$.m.y", Self.email)) == #"{"m":{"y":"fake"}}"#)
    }

    @Test func `what vanishes as a whole takes no neighbour along, however deep it lies`() throws {
        let deep = String(repeating: "[", count: 100) + "1" + String(repeating: "]", count: 100)
        #expect(try run(#"{"a":[1, \#(deep) ,2]}"#, .drop, keep: ["$.a[0]", "$.a[2]"]) == #"{"a":[1 ,2]}"#)
        #expect(try run(#"{"z":\#(deep), "a":5}"#, .drop, keep: ["$.a"]) == #"{"a":5}"#)
    }

    @Test func `the longest path counts: keeps inside rules, rules inside keeps`() throws {
        let json = #"{"u":{"id":"i","name":"n","tags":["t"]}}"#
        #expect(
            try run(json, .keep, keep: ["$.u.id"], ("$.u", Self.mask)) == #"{"u":{"id":"i","name":"*","tags":["*"]}}"#)
        #expect(
            try run(json, .mask, keep: ["$.u"], ("$.u.name", Self.email))
                == #"{"u":{"id":"i","name":"fake","tags":["t"]}}"#)
        #expect(try run(json, .mask, keep: ["$.u"], ("$..name", Self.email)).contains("\"name\":\"fake\""))
        #expect(try run(json, .mask, keep: ["$.u.*"], ("$.u.name", .null)).contains("\"name\":null"))
    }

    @Test func `containers go, become null or something else as a whole`() throws {
        let json = #"{"a":{"x":["s",{"y":1}]},"b":2}"#
        #expect(try run(json, ("$.a", .drop)) == #"{"b":2}"#)
        #expect(try run(json, ("$.a", .null)) == #"{"a":null,"b":2}"#)
        #expect(try run(json, ("$.a.x", .set(json: "\"\""))) == #"{"a":{"x":""},"b":2}"#)
        #expect(try run(json, ("$.a", Self.mask)) == #"{"a":{"x":["*",{"y":0}]},"b":2}"#)
    }

    @Test func `every occurrence of a name is treated, however it is written`() throws {
        let json = #"{"email":"a","\u0065mail":"b","email":"c","e\u006Dail":"d","Email":"e"}"#
        #expect(
            try run(json, ("$.email", Self.email))
                == #"{"email":"fake","\u0065mail":"fake","email":"fake","e\u006Dail":"fake","Email":"e"}"#)
        #expect(try run(json, ("$.email", .drop)) == #"{"Email":"e"}"#)
    }

    @Test func `names with escapes, of other planes and without characters are found`() throws {
        #expect(
            try run(#"{"":1,"\ud834\udd1e":2}"#, ("$['']", .null), ("$.𝄞", .null)) == #"{"":null,"\ud834\udd1e":null}"#)
    }

    @Test func `an action is given a string's text, not how it is written`() throws {
        let action = FakeAction(.hash)
        action.keepsSeen = true
        let sanitizer = try TopicSanitizer(
            .ofTest(.keep, [("$.*", .hash)]), unlistedKey: FakeAction(.hash), action: { _ in action })
        _ = sanitizer.run(#"["\u0061\"\ud83d\ude00","plain",-1.50,true]"#)
        #expect(action.seen.map { String(decoding: $0, as: UTF8.self) } == ["a\"😀", "plain", "-1.50", "true"])
    }

    @Test func `null stays under rules that look at a text, and is set and dropped`() throws {
        let json = #"{"a":null}"#
        for action in [Self.email, Self.mask, .hash] { #expect(try run(json, ("$.a", action)) == json) }
        #expect(try run(json, ("$.a", .set(json: "1"))) == #"{"a":1}"#)
        #expect(try run(json, ("$.a", .drop)) == "{}")
    }

    @Test func `what needs no change is not copied`() throws {
        let sanitizer = try TopicSanitizer.ofTest(.ofTest(.mask, keep: ["$.a"], [("$.b", Self.email)]))
        #expect(sanitizer.run(Array(#" {"a":[1,"x"],"c":{}} "#.utf8)).outcome == .unchanged)
        #expect(sanitizer.value.isEmpty)
    }

    @Test func `an action that answers no UTF-8 fails the record`() throws {
        final class Broken: FieldAction {
            func apply(
                to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
            ) -> FieldOutcome {
                out.append(0xC3)
                return .text
            }
        }
        let sanitizer = try TopicSanitizer(
            .ofTest(.keep, [("$.a", .hash)]), unlistedKey: Broken(), action: { _ in Broken() })
        #expect(sanitizer.run(#"{"a":"x"}"#).hasPrefix("quarantine("))
        #expect(sanitizer.lastFailure?.description == "type mismatch at $.a: the action made no UTF-8 of it, at byte 5")
    }
}
