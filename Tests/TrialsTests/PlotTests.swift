import Testing

@testable import Trials

struct PlotTests {
    private func samples(_ values: [Double?]) -> [Sample] {
        values.enumerated().map { index, value in
            var sample = Sample(second: index + 1)
            sample.p99Milliseconds = value
            return sample
        }
    }

    @Test func `what was not measured is a gap, not a zero`() {
        let series = PlotSeries("a", style: "a", samples: samples([1, 2, nil, nil, 3, .nan, 4])) { $0.p99Milliseconds }
        #expect(series.runs.map { $0.map(\.value) } == [[1, 2], [3], [4]])
        var holed = samples([1, 2, 3, 4])
        holed[2].second = 50
        holed[3].second = 51
        let apart = PlotSeries("a", style: "a", samples: holed) { $0.p99Milliseconds }
        #expect(apart.runs.map { $0.map(\.value) } == [[1, 2], [3, 4]])
    }

    @Test func `a page draws as many strokes as there are stretches`() {
        var report = SampleReport(seconds: 60, halt: 20..<30).report
        report.samples[50].p99Milliseconds = nil
        let page = Page(ReportPage([report]).html)
        let lines = page.all("path", "p99").filter { $0.path.last == "svg" && $0.attributes["d"]?.count ?? 0 > 20 }
        #expect(lines.count == 2)
        for line in lines { #expect(PathData(line.attributes["d"] ?? "").starts == 3) }
    }

    @Test(arguments: 1...20)
    func `thinning keeps the highest, the lowest and the order`(seed: UInt64) {
        var random = TestRandom(seed)
        let count = Int.random(in: 1...5_000, using: &random)
        let values = (0..<count).map { _ in Double.random(in: 0...1_000, using: &random) }
        let series = PlotSeries("a", style: "a", samples: samples(values)) { $0.p99Milliseconds }
        let thin = series.thinned(to: 300, seconds: Double(count)).joined().map { $0 }
        #expect(thin.map(\.value).max() == values.max())
        #expect(thin.map(\.value).min() == values.min())
        #expect(thin.count <= 604)
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.second < $1.second })
        #expect(thin.allSatisfy { values[Int($0.second) - 1] == $0.value })
    }

    @Test(arguments: [0, 0.000_3, 0.7, 1, 3, 9.99, 10, 999, 12_345, 7e9])
    func `a scale holds its values and has a few ticks`(value: Double) {
        for kind in [PlotScale.Kind.linear, .logarithmic] {
            let scale = PlotScale(kind, values: [value, value / 3, -1, .nan])
            #expect((2...14).contains(scale.ticks.count))
            #expect(scale.high >= value)
            #expect((0...1).contains(scale.share(value)))
            #expect(scale.share(-5) == 0 && scale.share(.nan) == 0 && scale.share(.infinity) <= 1)
            #expect(scale.ticks.first == scale.low)
        }
    }

    @Test(arguments: [1, 7, 59, 180, 185, 3_600, 86_400, 8_640_000])
    func `a time axis has a few ticks, all different and none beyond the end`(seconds: Double) {
        let ticks = PlotScale.times(upTo: seconds, parts: 10)
        #expect((1...12).contains(ticks.count))
        #expect(ticks.allSatisfy { $0.second <= seconds })
        #expect(Set(ticks.map(\.text)).count == ticks.count)
    }

    @Test(arguments: 1...30)
    func `no label of a mark lies over another or outside`(seed: UInt64) {
        var random = TestRandom(seed)
        let marks = (0..<Int.random(in: 0...60, using: &random)).map { index in
            let text = String(repeating: "broker \(index) ", count: Int.random(in: 0...8, using: &random))
            return Mark(.fault, second: Double.random(in: 0...100, using: &random), text: text)
        }
        let isFull = Bool.random(using: &random)
        let placed = MarkLabels(marks, left: 80, right: 940, isFull: isFull) { 80 + 8.6 * $0 }
        #expect(placed.labels.map(\.number) == Array(1..<(marks.count + 1)))
        let boxes = placed.labels.compactMap(\.box)
        for (index, box) in boxes.enumerated() {
            #expect(box.left >= 79 && box.right <= 941 && box.row < placed.rows)
            for other in boxes[..<index] where other.row == box.row {
                #expect(box.left > other.right || other.left > box.right)
            }
        }
        // A line goes down from its label, through the rows below.
        for box in boxes {
            for other in boxes where other.row < box.row { #expect(other.line <= box.left || other.line >= box.right) }
        }
        if !marks.isEmpty { #expect(!boxes.isEmpty) }
    }
}

/// Repeatable from its seed.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var x = state
        x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
        x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
        return x ^ (x >> 31)
    }
}
