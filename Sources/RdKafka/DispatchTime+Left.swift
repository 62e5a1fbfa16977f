import Dispatch

extension DispatchTime {
    /// Until then from now on, none where it is over.
    var millisecondsLeft: Int32 {
        let left = uptimeNanoseconds.subtractingReportingOverflow(DispatchTime.now().uptimeNanoseconds)
        return left.overflow ? 0 : Int32(left.partialValue / 1_000_000)
    }
}
