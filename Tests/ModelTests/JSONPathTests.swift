import Model
import Testing

struct JSONPathTests {
    @Test(
        arguments: [
            ("$", []), ("$.user.email", [.key("user"), .key("email")]),
            ("$.items[*].sku", [.key("items"), .any, .key("sku")]),
            ("$.items[0]", [.key("items"), .index(0)]), ("$.labels.*", [.key("labels"), .any]),
            ("$..email", [.anywhere("email")]),
            ("$['a.b'][\"c\"]", [.key("a.b"), .key("c")]), ("$.größe", [.key("größe")]),
        ] as [(String, [JSONPath.Step])])
    func `a path is read`(text: String, steps: [JSONPath.Step]) {
        #expect(JSONPath(parsing: text)?.steps == steps)
    }

    @Test(arguments: [
        "", "user", ".user", "$user", "$.", "$..", "$...a", "$..*", "$[", "$[]", "$[-1]", "$[1", "$['a", "$['a'",
        "$.a]", "$[1:2]",
        "$[?(@.a)]", "$[9999999999]",
    ])
    func `what is no path is refused`(text: String) {
        #expect(JSONPath(parsing: text) == nil)
    }

    @Test(arguments: ["$", "$.a.b", "$['a.b']", "$.a[3].*", "$..x.y", "$['*']"])
    func `a path that is shown can be read again`(text: String) throws {
        let path = try #require(JSONPath(parsing: text))
        #expect(JSONPath(parsing: path.description) == path)
    }
}
