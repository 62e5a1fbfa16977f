import Model
import Shaping
import Testing

struct ShapeProposalTests {
    private func proposal(_ values: [String], identities: [String] = []) -> String {
        var proposal = ShapeProposal(topic: "orders", identities: identities)
        for value in values { proposal.note(SampleRecord(value: Array(value.utf8))) }
        return proposal.yaml
    }

    /// The lines that are no comments, without what every proposal has.
    private func rules(_ yaml: String) -> [String] {
        yaml.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.filter { $0.hasPrefix("- { ") }.map(
            String.init)
    }

    @Test(arguments: [
        (#""ada@example.org""#, "do: email, identity: 'person'"),
        (#""4111 1111 1111 1111""#, "do: fpe, identity: 'card', luhn: keep"),
        ("4111111111111111", "do: fpe, identity: 'card', luhn: keep"),
        (#""DE89 3704 0044 0532 0130 00""#, "do: partial, keep-first: 2"),
        (#""203.0.113.7""#, "do: ip, identity: 'address'"),
        (#""+49 171 1234567""#, "do: phone, identity: 'phone'"),
        (
            #""eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U""#,
            "do: drop"
        ),
        (#""https://shop.example.org/orders/7""#, "do: url"),
    ])
    func `what all texts of a place are has its rule`(value: String, action: String) {
        let yaml = proposal([#"{"a":{"x":\#(value)}}"#, #"{"a":{"x":null}}"#])
        #expect(rules(yaml) == ["- { path: '$.a.x', \(action) }"])
        #expect(yaml.contains("or null, in 2 of 2"))
    }

    @Test(arguments: [
        [#"{"x":"ada@example.org"}"#, #"{"x":"Ada"}"#], [#"{"x":"Ada wrote to ada@example.org"}"#],
        [#"{"x":"ada@example.org"}"#, #"{"x":7}"#], [#"{"x":"ada@example.org"}"#, #"{"x":{"y":"Ada"}}"#],
        [#"{"x":"10.0.0.1:8080"}"#], [#"{"x":"https://a.example/p?mail=ada"}"#], [#"{"x":"Ada"}"#], [#"{"x":4111}"#],
        [#"{"x":true}"#], [#"{"x":""}"#], [#""ada@example.org""#], [#"{"customerId":"+49 171 1234567"}"#],
    ])
    func `what some texts of a place are not has no rule and is a comment`(values: [String]) {
        let yaml = proposal(values)
        #expect(rules(yaml) == [])
        #expect(yaml.contains("unlisted: mask"))
        #expect(yaml.contains("# $"))
    }

    @Test func `places are counted by records, and elements of an array are one place`() {
        let yaml = proposal([#"{"t":[{"m":"a@b.example"},{"m":"c@d.example"}],"n":["x",1]}"#, #"{"t":[]}"#, "nonsense"])
        #expect(rules(yaml) == ["- { path: '$.t[*].m', do: email, identity: 'person' }"])
        #expect(yaml.contains("# string, in 1 of 3"))
        #expect(yaml.contains("# $.n[*]: string or number, in 1 of 3"))
        #expect(yaml.contains("# 1 of 3 values are no JSON"))
    }

    @Test func `names that say id are proposed as pseudonyms, in comments`() {
        let yaml = proposal([#"{"customerId":77,"order_id":"o-7"}"#])
        #expect(rules(yaml) == [])
        #expect(
            yaml.contains("#   - { path: '$.customerId', do: pseudonym, identity: 'customer', as: int(15) }"))
        #expect(yaml.contains("#   - { path: '$.order_id', do: pseudonym, identity: 'order', as: uuid }"))
    }

    @Test func `only identities that the configuration declares are named`() {
        let yaml = proposal([#"{"m":"a@b.example","ip":"10.0.0.1"}"#], identities: ["people", "address"])
        #expect(yaml.contains("do: email, identity: 'people'"))
        #expect(yaml.contains("do: ip, identity: 'address'"))
    }

    @Test(arguments: ["ada@example.org", "4917112345678", "", "12", "\u{7}", "a'\"b", "x${HOME}"])
    func `names that are data or cannot be written make a map of their object`(name: String) {
        let written = name.unicodeScalars.map { "\\u" + String($0.value + 0x1_0000, radix: 16).dropFirst() }.joined()
        let yaml = proposal([
            #"{"m":{"first":{"mail":"a@b.example","n":1},"\#(written)":{"mail":"c@d.example"},"last":{"mail":"e@f.example"}}}"#
        ])
        #expect(rules(yaml) == ["- { path: '$.m.*.mail', do: email, identity: 'person' }"])
        #expect(yaml.contains("# $.m.*.n: number, in 1 of 1"))
        #expect(yaml.contains("# $.m: names in it look like data, and names stay"))
        #expect(name.isEmpty || name == "12" || !yaml.contains(name))
    }

    @Test func `an object with many names of which each record has few is a map, a wide table is none`() {
        let map = proposal((0..<60).map { #"{"m":{"a\#($0)":"x"}}"# })
        #expect(map.contains("# $.m.*: string, in 60 of 60"))
        let columns = (0..<60).map { #""c\#($0)":"x""# }.joined(separator: ",")
        #expect(proposal(["{\(columns)}"]).contains("# $.c59: string, in 1 of 1"))
    }

    @Test func `a topic whose values are no JSON is masked as a whole`() {
        #expect(proposal(["Ada", "Bob"]).contains("\n  format: text\n"))
        #expect(!proposal(["Ada", "{}"]).contains("format"))
    }

    /// Whatever a record says, letters of its values are nowhere in what is written.
    @Test(arguments: 0..<200)
    func `no value of a record is in a proposal`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let secrets = (0..<8).map { _ in "S\(UInt32.random(in: .min ... .max, using: &random))ecret" }
        let shapes: [(String) -> String] = [
            { #""\#($0)""# }, { #""\#($0)@example.org""# }, { #""https://\#($0).example/x?\#($0)""# },
            { #"["\#($0)",{"inner":"mail \#($0)@example.org"}]"# }, { #"{"\#($0)@example.org":"\#($0)"}"# },
        ]
        let members = secrets.enumerated().map { index, secret in
            #""field\#(index % 5)":"# + shapes[Int.random(in: shapes.indices, using: &random)](secret)
        }
        let values = ["{\(members.joined(separator: ","))}", secrets[0], "\"\(secrets[1])\""]
        var proposal = ShapeProposal(topic: "orders")
        for value in values {
            proposal.note(
                SampleRecord(
                    key: Array(secrets[2].utf8), value: Array(value.utf8),
                    headers: [RecordHeader("trace", Array(secrets[3].utf8))]))
        }
        let yaml = proposal.yaml
        #expect(!secrets.contains { yaml.contains($0) }, "seed \(seed)")
        #expect(yaml.contains("'trace'"))
    }
}
