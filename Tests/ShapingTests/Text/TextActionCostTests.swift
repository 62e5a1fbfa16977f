import CAllocationCounter
import Model
import Shaping
import Testing

struct TextActionCostTests {
    private static let actions: [SanitizeAction] = [
        .drop, .null, .set(json: #""x""#), .mask(with: "*", length: nil),
        .partial(keepFirst: 2, keepLast: 2, with: "*"),
        .hash, .url(Self.map), .noise(relative: 0.1), .shiftTime(milliseconds: 86_400_000),
        .scrub(DetectorKind.allCases),
    ]
    private static var map: EndpointMap {
        var map = EndpointMap()
        map.replacements = ["api.shop.example": "mock.staging.test:80"]
        map.allowed = ["good.example", "*.trusted.example"]
        return map
    }
    private static let fields: [(String, FieldKind)] = [
        (
            "https://ann:pw@api.shop.example/a?next=https%3A%2F%2Fevil.example%2Fx%3Fy%3Dhttp%253A%252F%252Fevil",
            .string
        ),
        ("kafka1:9092,kafka2:9092", .string), ("2024-02-29T10:00:00.123Z", .string), ("1700000000000", .text),
        ("1234.50", .number), ("1.5e300", .number), ("true", .boolean), ("null", .null),
        ("call +49 30 1234567 or write ann@shop.example, DE89 3704 0044 0532 0130 00, 4111 1111 1111 1111", .string),
        ("from 192.0.2.7 and 2001:db8::7, eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_123", .text),
    ]

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `no action allocates once its buffers have grown`() {
        let context = FieldContext(recordSeed: 7, timestampMilliseconds: 0)
        let fields = Self.fields.map { Array($0.0.utf8) }
        let kinds = Self.fields.map { $0.1 }
        var out: [UInt8] = []
        out.reserveCapacity(4_096)
        for description in Self.actions {
            guard let action = TextActions.make(description) else { continue }
            func turn() {
                for index in 0..<fields.count {
                    out.removeAll(keepingCapacity: true)
                    let field = fields[index]
                    _ = action.apply(
                        to: field.span, kind: kinds[index], context: context, into: &out)
                }
            }
            turn()
            turn()
            allocation_counter_start()
            for _ in 0..<20 { turn() }
            #expect(allocation_counter_stop() == 0, "\(description)")
        }
    }

    /// Bytes that mean something to one action or another.
    private static let alphabet =
        Array("@@%40..::[]0123456789abcdefTZ+-/\\\"'eyJ=&?# \u{A0}。é😀,;x".utf8) + [0, 0xFF, 0xC3, 0xE2, 0xF0]

    @Test func `no bytes bring any action down`() {
        let kinds: [FieldKind] = [.string, .number, .boolean, .null, .object, .array, .text]
        let runs = Self.actions.compactMap(TextActions.make).map(TextActionRun.init)
        for turn in 0..<1_500 {
            let bytes = (0..<Int.random(in: 0...60)).map { _ in Self.alphabet.randomElement() ?? 0 }
            for run in runs { _ = run.outcome(bytes, kinds[turn % 14 == 13 ? turn / 14 % 7 : turn % 2 * 6]) }
        }
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            "@", "a@", "%40", "1", "1 ", "1.", "1:", "a:", "0 1", "+1 ", "(", "eyJ", "eyJa.", "eyJabcdef.", "DE8",
            "\"@", ".",
            "=", "a=", "a.b.", "1.1.1.1", "1.1.1.1a", "::", "4111 ", "00", "0-", "%25", "http://", "/", "?", "a@b.",
            "é@",
            "＠", "-", "\"", "http%3A%2F%2F", "1.1.1.1:", "abcd:",
        ])
    func `a long hostile text costs no more than its length`(piece: String) {
        // The square of this many steps would take minutes.
        let text = Array(String(repeating: piece, count: 20_000 / piece.utf8.count).utf8)
        for description in [SanitizeAction.scrub(DetectorKind.allCases), .url(Self.map)] {
            guard let action = TextActions.make(description) else { continue }
            #expect(TextActionRun(action).outcome(text).0 == .text)
        }
    }
}
