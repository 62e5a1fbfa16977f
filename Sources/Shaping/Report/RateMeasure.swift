/// Records a second, of each second in which any went; the seconds in which it began and ended to go are no whole ones and
/// are left out.
package struct RateMeasure: Sendable {
    private var startedAt: Int64?
    private var before = 0
    private var last: Int?
    private var sum = 0
    private var rates = RunPart.Rates()
    private var wasIdle = true

    package init() {}

    /// To be told often.
    ///
    /// - Parameters:
    ///   - sent: records since the process began.
    ///   - milliseconds: of a clock that only goes forward.
    package mutating func note(sent: Int, atMilliseconds milliseconds: Int64) {
        guard let start = startedAt else {
            startedAt = milliseconds
            before = sent
            return
        }
        let span = milliseconds - start
        guard span >= 1_000 else { return }
        let went = Int((Double(sent - before) * 1_000 / Double(span)).rounded())
        startedAt = milliseconds
        before = sent
        // The last one counts once another one follows it in which something went.
        if went > 0, let whole = last { count(whole) }
        last = went == 0 || wasIdle ? nil : went
        wasIdle = went == 0
    }

    private mutating func count(_ rate: Int) {
        rates.lowest = rates.seconds == 0 ? rate : min(rates.lowest, rate)
        rates.highest = max(rates.highest, rate)
        rates.seconds += 1
        sum += rate
        rates.mean = (Double(sum) * 10 / Double(rates.seconds)).rounded() / 10
    }

    /// `nil`: there was no whole second.
    package var measured: RunPart.Rates? { rates.seconds == 0 ? nil : rates }
}
