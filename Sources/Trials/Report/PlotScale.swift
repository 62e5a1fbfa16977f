import Foundation

/// From values to a place between 0 and 1, and the values worth a line.
struct PlotScale: Sendable {
    enum Kind: Sendable {
        case linear
        /// Times of one mirror lie between a millisecond and minutes.
        case logarithmic
    }

    let kind: Kind
    let low: Double
    let high: Double
    let ticks: [Double]

    /// Holds every value; a linear one begins at zero, so that heights can be compared.
    init(_ kind: Kind, values: some Sequence<Double>) {
        self.kind = kind
        let finite = values.filter(\.isFinite)
        switch kind {
        case .linear:
            let step = Self.step(for: max(finite.max() ?? 0, 0), parts: 4)
            let top = max(1, (max(finite.max() ?? 0, 0) / step).rounded(.up)) * step
            low = 0
            high = top
            ticks = (0...Int((top / step).rounded())).map { Double($0) * step }
        case .logarithmic:
            let positive = finite.filter { $0 > 0 }
            let first = min(max(floor(log10(positive.min() ?? 1)), -3), 11)
            let last = min(max(ceil(log10(positive.max() ?? 1_000)), first + 1), 12)
            low = pow(10, first)
            high = pow(10, last)
            ticks = (Int(first)...Int(last)).map { pow(10, Double($0)) }
        }
    }

    /// 0 at the lowest value, 1 at the highest; what lies beyond is put at the edge.
    func share(_ value: Double) -> Double {
        let share =
            switch kind {
            case .linear: (value - low) / (high - low)
            case .logarithmic: value <= low ? 0 : log10(value / low) / log10(high / low)
            }
        return share.isFinite ? min(max(share, 0), 1) : 0
    }

    /// A step of 1, 2 or 5 times a power of ten.
    static func step(for span: Double, parts: Int) -> Double {
        guard span > 0, span.isFinite else { return 1 }
        let raw = span / Double(parts)
        let power = pow(10, floor(log10(raw)))
        return ([1, 2, 5].first { raw <= $0 * power } ?? 10) * power
    }

    /// Seconds worth a line, and how they are written.
    static func times(upTo seconds: Double, parts: Int) -> [(second: Double, text: String)] {
        let minutes: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720]
        let steps = [1, 2, 5, 10, 15, 30] + minutes.map { $0 * 60 }
        let fits = steps.first { seconds / $0 <= Double(parts) }
        let step = fits ?? (seconds / Double(parts) / 86_400).rounded(.up) * 86_400
        return stride(from: 0, through: seconds, by: step).map { ($0, time($0, of: seconds)) }
    }

    private static func time(_ second: Double, of seconds: Double) -> String {
        let whole = Int(second)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds <= 180 { return "\(whole) s" }
        if seconds < 7_200 { return "\(whole / 60):\(two(whole % 60))" }
        return "\(whole / 3_600) h \(two(whole % 3_600 / 60))"
    }
}
