import Model
import Patterns
import Testing
import Topics

struct TopicSelectionTests {
    private func selection(_ entries: String...) throws -> TopicSelection {
        try TopicSelection(entries.map(TopicEntry.init(parsing:)))
    }

    @Test(arguments: ["orders", "payments.v1", "A-b_c.9", "martlet", "."])
    func `an entry of legal topic characters only is a name`(text: String) {
        #expect(TopicEntry(parsing: text) == .literal(text))
    }

    @Test(arguments: ["payments.*", "(a|b)", "^orders", "orders$", "a b", "gr\u{fc}n"])
    func `any other entry is a regular expression`(text: String) {
        #expect(TopicEntry(parsing: text) == .pattern(text))
    }

    @Test func `the dot of a name is a dot`() throws {
        let selection = try selection("payments.v1")
        #expect(selection.selects("payments.v1"))
        #expect(!selection.selects("payments-v1"))
    }

    @Test func `a topic is selected when any entry names it`() throws {
        let selection = try selection("orders", "payments.*", "(eu|us)-stock")
        for topic in ["orders", "payments", "payments.eu", "us-stock"] { #expect(selection.selects(topic), "\(topic)") }
        for topic in ["orders2", "my-payments", "uk-stock", ""] { #expect(!selection.selects(topic), "\(topic)") }
    }

    @Test(arguments: ["martlet.prod-staging.positions", "martlet.", "__consumer_offsets", "__transaction_state"])
    func `some topics are never selected`(topic: String) throws {
        #expect(try !selection(".*").selects(topic))
        #expect(try !TopicSelection([.literal(topic)]).selects(topic))
    }

    @Test func `the topics beside the reserved ones are selected`() throws {
        let selection = try selection(".*")
        for topic in ["martlet", "martlets.a", "my.martlet.x", "__consumer_offsets_2", "__other"] {
            #expect(selection.selects(topic), "\(topic)")
        }
    }

    @Test func `an empty selection selects nothing`() throws {
        #expect(try !TopicSelection([]).selects("orders"))
    }

    @Test func `a broken expression is refused`() {
        #expect(throws: PatternFault.self) { try selection("orders", "pay(ments") }
    }

    @Test func `a legal name has one to 249 legal characters and is no dot or two`() {
        let longest = String(repeating: "x", count: 249)
        for name in ["a", "...", "A.b_c-9", longest] { #expect(name.isLegalTopicName, "\(name)") }
        for name in ["", ".", "..", "a b", "a/b", "gr\u{fc}n", longest + "x"] {
            #expect(!name.isLegalTopicName, "\(name)")
        }
    }
}
