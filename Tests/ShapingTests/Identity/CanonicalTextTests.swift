import Foundation
import Model
import Shaping
import Testing

/// What is one person to an identity, and what is not. Seen from the pseudonyms: the canonical text itself goes nowhere.
struct CanonicalTextTests {
    private typealias Step = IdentityDefinition.Step

    private func bench(_ steps: [IdentityDefinition.Step]) throws -> IdentityBench {
        try #require(IdentityBench(.pseudonym(identity: "person", as: .hex(64)), canonical: steps))
    }

    @Test(
        arguments: [
            ([.trim], " \t\r\nAnna\u{0b}\u{0c} ", "Anna"), ([.trim], "\u{a0}Jürgen\u{2003} ", "Jürgen"),
            ([.trim], " a  b ", "a  b"), ([.trim], " ü  b ", "ü  b"), ([.trim], "\u{a0} ", ""), ([.trim], "  ", ""),
            ([.lowercase], "AnnaZ@[`{09", "annaz@[`{09"), ([.lowercase], "JÜRGEN ΣΑΣ İ", "jürgen σασ i̇"),
            ([.nfc], "Ju\u{308}rgen", "Jürgen"), ([.nfc], "\u{1e0b}\u{323}", "\u{1e0d}\u{307}"),
            ([.nfc], "\u{1112}\u{1161}\u{11ab}", "\u{d55c}"), ([.nfc], "\u{212b}", "\u{c5}"), ([.nfc], "漢字", "漢字"),
            ([.trim, .nfc, .lowercase], " JU\u{308}RGEN ", "jürgen"),
            ([.e164], "+49 (171) 123-45.67", "+491711234567"), ([.e164], "0049 171/1234567", "+49171/1234567"),
            ([.e164], "+49\u{a0}171\u{2013}1234567", "+491711234567"), ([.e164], "00\u{2011}1", "+1"),
            ([.e164], "0 0", "+"),
        ] as [([IdentityDefinition.Step], String, String)])
    func `steps bring a text into its form`(steps: [IdentityDefinition.Step], text: String, form: String) throws {
        #expect(try bench(steps).text(for: text) == bench([]).text(for: form))
    }

    @Test func `steps follow one another in their order`() throws {
        // The white space in the middle is gone before the zeros are looked at only if the steps are taken this way.
        let space = "\u{3000}"
        #expect(try bench([.trim, .e164]).text(for: "\(space)0 049\(space)") == bench([]).text(for: "+49"))
        // A small dotted i is two characters, which no composed form has joined before.
        #expect(try bench([.lowercase, .nfc]).text(for: "J\u{30c}") == bench([]).text(for: "\u{1f0}"))
        #expect(try bench([.nfc, .lowercase]).text(for: "J\u{30c}") == bench([]).text(for: "j\u{30c}"))
    }

    @Test func `without steps every byte counts`() throws {
        let bench = try bench([])
        #expect(Set(["anna", "Anna", "anna ", "anna\0", ""].map { bench.text(for: $0) }).count == 5)
    }

    @Test func `the composed form is Unicode's for random texts`() throws {
        var random = SeededRandom(seed: 7)
        let (composing, plain) = (try bench([.nfc]), try bench([]))
        // Letters, marks that join them, jamo, and whatever comes.
        let blocks: [ClosedRange<UInt32>] = [
            0x41...0x7a, 0xc0...0x24f, 0x300...0x345, 0x370...0x3ff, 0x1100...0x1175, 0x11a8...0x11c2, 0xac00...0xac80,
            0x1e00...0x1fff, 0x20...0xd7ff,
        ]
        for _ in 0..<2_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let block = blocks[Int.random(in: blocks.indices, using: &random)]
                text.append(Unicode.Scalar(UInt32.random(in: block, using: &random)) ?? "a")
            }
            let form = String(text).precomposedStringWithCanonicalMapping
            #expect(composing.text(for: String(text)) == plain.text(for: form), "\(text.map(\.value)), seed 7")
        }
    }

    @Test func `bytes that are no UTF-8 are not made one by being repaired`() throws {
        let bench = try bench([.trim, .nfc, .lowercase])
        let pair = [[0x41, 0xff, 0x20], [0x41, 0xfe, 0x20]] as [[UInt8]]
        #expect(bench.result(of: pair[0]) != bench.result(of: pair[1]))
        // Steps count for the ASCII in it.
        #expect(bench.result(of: pair[0]) == bench.result(of: [0x61, 0xff]))
    }
}
