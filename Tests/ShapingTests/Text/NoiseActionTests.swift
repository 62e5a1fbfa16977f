import Foundation
import Shaping
import Testing

struct NoiseActionTests {
    @Test func `no number changes by more than the share, and its form stays`() {
        let seed = UInt64.random(in: 0 ... .max)
        var changed = 0
        for turn in 0..<8_000 {
            let decimals = turn % 7
            let whole = Int64.random(in: 0...(turn % 3 == 0 ? 99 : 99_999_999_999))
            let digits = (0..<decimals).map { _ in String(Int.random(in: 0...9)) }.joined()
            let sign = turn % 5 == 0 ? "-" : ""
            let text = sign + String(whole) + (decimals > 0 ? "." + digits : "")
            let share = [0.05, 0.5, 0.001, 1][turn % 4]
            var run = TextActionRun(NoiseAction(relative: share))
            run.seed = seed &+ UInt64(turn)
            guard let result = run.json(text), let after = Decimal(string: result), let before = Decimal(string: text)
            else {
                Issue.record("\(text), seed \(run.seed)")
                continue
            }
            let difference = abs(after - before)
            #expect(difference <= abs(before) * Decimal(string: String(share))!, "\(text) \(result) seed \(run.seed)")
            let fraction = result.split(separator: ".").dropFirst().first ?? ""
            #expect(fraction.count == decimals, "\(text) \(result)")
            #expect(result.hasPrefix("-") == (sign == "-"))
            if result != text { changed += 1 }
        }
        #expect(changed > 6_000)
    }

    @Test func `noise is spread over the whole share, and hangs on record and number alone`() {
        var run = TextActionRun(NoiseAction(relative: 0.1))
        var seen: Set<Int> = []
        for seed in 0..<2_000 {
            run.seed = UInt64(seed)
            let first = run.json("100").flatMap { Int($0) }
            #expect(TextActionRun(run).json("100").flatMap { Int($0) } == first)
            seen.insert(first ?? 0)
        }
        #expect(seen == Set(90...110))
    }

    @Test(arguments: ["1.5e3", "15E-2", "-2.50e+10", "7e0", "0.05e5"])
    func `a number with an exponent keeps it`(text: String) {
        let run = TextActionRun(NoiseAction(relative: 0.3))
        let result = run.json(text) ?? ""
        let tail = text.drop { !"eE".contains($0) }
        #expect(result.hasSuffix(tail))
        let (before, after) = (Double(text) ?? 0, Double(result) ?? .infinity)
        #expect(abs(after - before) <= abs(before) * 0.3 * 1.000001)
    }

    @Test func `a whole number with few digits and an exponent still changes, and stays whole`() {
        var results: Set<String> = []
        for seed in 0..<50 {
            var run = TextActionRun(NoiseAction(relative: 0.05))
            run.seed = UInt64(seed)
            results.insert(run.json("2e9") ?? "")
        }
        #expect(results.count > 40)
        #expect(results.allSatisfy { (Double($0) ?? 0).truncatingRemainder(dividingBy: 1) == 0 })
        #expect(results.allSatisfy { abs((Double($0) ?? 0) - 2e9) <= 1e8 })
    }

    @Test func `of a very long number no digit behind the first eighteen stays as it was`() {
        let text = "123456789012345678" + String(repeating: "7", count: 60)
        let result = TextActionRun(NoiseAction(relative: 0.05)).json(text) ?? ""
        #expect(result.count == text.count)
        #expect(!result.hasSuffix(String(repeating: "7", count: 20)))
    }

    @Test func `what is no number is refused, zero and null stay`() {
        let run = TextActionRun(NoiseAction(relative: 0.5))
        #expect(run.json("0") == "0")
        #expect(run.json("-0.00") == "-0.00")
        #expect(run.outcome([], .null) == (.null, []))
        #expect(run.isMismatch("12", .string))
        #expect(run.isMismatch("true", .boolean))
        #expect(run.text("1000000", .text)?.count ?? 0 >= 6)
        for bad in ["", "-", "01", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "１"] {
            #expect(run.isMismatch(bad, .number), "\(bad)")
            #expect(run.isMismatch(bad, .text), "\(bad)")
        }
        for share in [0, -1, Double.nan] { #expect(TextActionRun(NoiseAction(relative: share)).json("12.5") == "12.5") }
    }
}

extension TextActionRun {
    fileprivate init(_ other: TextActionRun) {
        self = other
    }
}
