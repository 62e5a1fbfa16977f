import Patterns
import Testing

struct PatternTests {
    @Test(arguments: [
        ("payments.*", "payments.eu", true),
        ("payments.*", "my.payments.eu", false),
        ("a|ab", "ab", true),
        ("ab|a", "a", true),
        ("(?:eu|us)-orders", "us-orders", true),
        ("(?:eu|us)-orders", "us-orders-2", false),
        ("orders$", "orders", true),
        ("orders$", "orders\n", false),
        ("^orders", "orders", true),
        ("(?!test).*", "test-orders", false),
        ("(?!test).*", "orders", true),
        ("(?i)orders", "ORDERS", true),
        ("", "", true),
        ("", "a", false),
        ("a?", "", true),
    ])
    func `an expression matches a whole text or not at all`(expression: String, text: String, answer: Bool) throws {
        #expect(try Pattern(expression).matchesWhole(text) == answer)
    }

    @Test func `a dot is one character, however many bytes it has`() throws {
        #expect(try Pattern("gr.n").matchesWhole("gr\u{fc}n"))
        #expect(try Pattern("gr\u{fc}n").matchesWhole("gr\u{fc}n"))
        #expect(try !Pattern("gr..n").matchesWhole("gr\u{fc}n"))
    }

    @Test func `a zero byte neither ends an expression nor a text`() throws {
        #expect(try Pattern("a\0b").matchesWhole("a\0b"))
        #expect(try !Pattern("a\0b").matchesWhole("a"))
        #expect(try !Pattern("a").matchesWhole("a\0b"))
    }

    @Test(arguments: ["pay(ments", "[a-", "*", "a{2,1}", "(?<n>a)(?<n>b)", "a\\C"])
    func `what is no expression is refused with a position in it`(expression: String) {
        let fault = #expect(throws: PatternFault.self) { try Pattern(expression) }
        #expect(fault?.message.isEmpty == false)
        #expect((0...expression.utf8.count).contains(fault?.bytePosition ?? -1))
    }

    @Test func `a fault names the place but not the expression`() throws {
        let fault = try #require(throws: PatternFault.self) { try Pattern("secret(") }
        #expect(fault.bytePosition == 7)
        #expect(!fault.description.contains("secret"))
        #expect(fault.description.contains("at byte 7"))
    }

    @Test func `an expression too large to compile is refused`() {
        #expect(throws: PatternFault.self) { try Pattern("((a{1000}){1000}){1000}") }
    }

    @Test(arguments: ["(a+)+[bc]", "(a|aa)+[bc]", "(?:(?:a*)*)*[bc]", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[bc]"])
    func `a hostile expression ends and does not match`(expression: String) throws {
        #expect(try !Pattern(expression).matchesWhole(String(repeating: "a", count: 249)))
    }

    /// The second branch would match, after about two million steps in the first.
    @Test func `an expression that needs too many steps does not match`() throws {
        let text = String(repeating: "a", count: 21)
        #expect(try !Pattern("(?:a|[ab]){21}[cd]|a*").matchesWhole(text))
        #expect(try Pattern("(?:a|[ab]){11}[cd]|a*").matchesWhole(text))
    }

    /// More captured repeats than the 32 KiB of machine stack hold.
    @Test func `a long text that overruns the stack of the machine code still matches`() throws {
        let pattern = try Pattern("(?:(a)|(b)|(c))*d")
        #expect(pattern.matchesWhole(String(repeating: "abc", count: 3_000) + "d"))
    }

    @Test func `one expression serves many tasks at once`() async throws {
        let pattern = try Pattern("topic-(\\d+)")
        let answers = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask { pattern.matchesWhole("topic-\(number)") && !pattern.matchesWhole("topic-x\(number)") }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.count == 64 && answers.allSatisfy { $0 })
    }
}
