import Shaping
import Testing

struct FieldKindTests {
    @Test func `outcomes are told apart, reasons are not`() {
        #expect(FieldOutcome.mismatch("a") == .mismatch("b"))
        #expect(Set([FieldOutcome.text, .json, .null, .drop, .mismatch("a")]).count == 5)
    }
}
