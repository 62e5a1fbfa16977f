import Model
import Shaping
import Testing

struct PathTrieTests {
    private func trie(_ paths: String...) throws -> PathTrie {
        try PathTrie(paths.map { try #require(JSONPath(parsing: $0)) })
    }

    private enum Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case name(String)
        case index(Int)

        init(stringLiteral value: String) { self = .name(value) }
        init(integerLiteral value: Int) { self = .index(value) }
    }

    private func winner(_ trie: PathTrie, _ steps: Step...) -> Int {
        let end = steps.reduce(trie.root) { state, step in
            switch step {
            case .name(let name): trie.member(of: state, named: Array(name.utf8).span)
            case .index(let index): trie.element(of: state, at: index)
            }
        }
        return trie.winner(at: end)
    }

    @Test func `each kind of step goes where it says and nowhere else`() throws {
        let trie = try trie("$.user.email", "$.items[*].sku", "$.items[1]", "$..phone", "$['a.b']")
        #expect(winner(trie, "user", "email") == 0)
        #expect(winner(trie, "user") == -1)
        #expect(winner(trie, "user", "email", "x") == -1)
        #expect(winner(trie, "items", 7, "sku") == 1)
        #expect(winner(trie, "items", 1) == 2)
        #expect(winner(trie, "items", 2) == -1)
        #expect(winner(trie, "items", "1") == -1)
        #expect(winner(trie, "phone") == 3)
        #expect(winner(trie, "x", 3, "phone") == 3)
        #expect(winner(trie, "phone", "phone") == 3)
        #expect(winner(trie, "a.b") == 4)
        #expect(winner(trie, "a", "b") == -1)
    }

    @Test func `more steps count more, then more names, then the earlier path`() throws {
        #expect(winner(try trie("$.*.*", "$.a.*", "$.a.b"), "a", "b") == 2)
        #expect(winner(try trie("$..b", "$.*.b"), "a", "b") == 1)
        #expect(winner(try trie("$.a.*", "$.*.b"), "a", "b") == 0)
        #expect(winner(try trie("$.*.b", "$.a.*"), "a", "b") == 0)
    }

    @Test func `names are compared by bytes, however long, short or alike they are`() throws {
        let names = (0..<300).map { "field\($0)x" } + ["", "é", "e\u{301}", "a", "aa", "aaa"]
        let trie = try PathTrie(names.map { JSONPath([.key($0)]) })
        for (number, name) in names.enumerated() { #expect(winner(trie, .name(name)) == number) }
        #expect(winner(trie, "field300x") == -1)
        #expect(winner(trie, "field1y") == -1)
        #expect(winner(trie, "Field1x") == -1)
    }

    @Test func `paths that would need too many states are refused`() {
        let hostile = JSONPath([.anywhere("a")] + [JSONPath.Step](repeating: .any, count: 20) + [.key("b")])
        #expect(throws: PathTrieFault.self) { try PathTrie([hostile]) }
    }
}
