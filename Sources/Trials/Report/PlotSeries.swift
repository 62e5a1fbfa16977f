/// One line of a plot.
struct PlotSeries: Sendable {
    struct Point: Sendable, Equatable {
        let second: Double
        let value: Double
    }

    let name: String
    /// Names its colour and its dashes in the page's style.
    let style: String
    /// Filled down to zero.
    let isArea: Bool
    /// Stretches without a gap: what was not measured is not drawn, least of all as a zero.
    let runs: [[Point]]

    init(_ name: String, style: String, isArea: Bool = false, samples: [Sample], value: (Sample) -> Double?) {
        self.name = name
        self.style = style
        self.isArea = isArea
        var runs: [[Point]] = []
        var run: [Point] = []
        let gap = Self.gap(samples)
        for sample in samples {
            let second = Double(sample.second)
            let isApart = run.last.map { second - $0.second > gap || second < $0.second } ?? false
            let number = value(sample).flatMap { $0.isFinite ? $0 : nil }
            if !run.isEmpty, isApart || number == nil {
                runs.append(run)
                run = []
            }
            if let number { run.append(Point(second: second, value: number)) }
        }
        if !run.isEmpty { runs.append(run) }
        self.runs = runs
    }

    /// A hole is longer than two usual steps.
    private static func gap(_ samples: [Sample]) -> Double {
        let steps = zip(samples, samples.dropFirst()).map { $1.second - $0.second }.filter { $0 > 0 }.sorted()
        return steps.isEmpty ? 1 : Double(steps[steps.count / 2]) * 2.5
    }

    var values: some Sequence<Double> { runs.lazy.joined().map(\.value) }

    /// With so many points that each pixel or two gets one: of each bucket its lowest and its highest value stay, so
    /// that no peak is lost, in the order in which they came.
    func thinned(to buckets: Int, seconds: Double) -> [[Point]] {
        let width = seconds / Double(max(1, buckets))
        return runs.map { run in
            guard run.count > 2 * buckets || Double(run.count) > (run[run.count - 1].second - run[0].second) / width * 2
            else { return run }
            var kept: [Point] = []
            var start = 0
            while start < run.count {
                let bucket = Int(run[start].second / width)
                var end = start + 1
                var (low, high) = (start, start)
                while end < run.count, Int(run[end].second / width) == bucket {
                    if run[end].value < run[low].value { low = end }
                    if run[end].value > run[high].value { high = end }
                    end += 1
                }
                kept.append(run[min(low, high)])
                if low != high { kept.append(run[max(low, high)]) }
                start = end
            }
            return kept
        }
    }
}
