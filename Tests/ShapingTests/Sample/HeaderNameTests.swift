import Shaping
import Testing

struct HeaderNameTests {
    private static func matches(_ header: inout HeaderName, _ name: [UInt8]) -> Bool { header.matches(name.span) }

    @Test func `a whole name matches, the first time and every time`() throws {
        var header = try HeaderName("x-(order|user)")
        for _ in 0..<2 {
            #expect(Self.matches(&header, Array("x-order".utf8)) && Self.matches(&header, Array("x-user".utf8)))
            #expect(!Self.matches(&header, Array("x-orders".utf8)) && !Self.matches(&header, Array("x-use".utf8)))
            #expect(!Self.matches(&header, [0x78, 0xff]) && !Self.matches(&header, []))
        }
    }

    @Test func `names beyond those that are remembered are decided as well`() throws {
        var header = try HeaderName("n[0-9]*5")
        let found = (0..<300).filter { Self.matches(&header, Array("n\($0)".utf8)) }
        #expect(found == (0..<300).filter { $0 % 10 == 5 })
    }

    @Test func `an expression that is none is refused`() {
        #expect(throws: (any Error).self) { try HeaderName("x-(") }
    }
}
