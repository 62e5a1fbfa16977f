/// The hashes below a share of all 2^64: those of a smaller share are among those of a larger one.
package struct SampleThreshold: Hashable, Sendable {
    /// Hashes below it are kept; `nil`: all are.
    private let bound: UInt64?

    package init(ratio: Double) {
        guard !(ratio >= 1) else {
            bound = nil
            return
        }
        // The product is exact: it changes the exponent only. A whole number is below it when it is below the next whole
        // number, and the largest ratio below 1 gives 2^64 - 2048. What is no number keeps nothing.
        bound = ratio > 0 ? UInt64((ratio * 0x1p64).rounded(.up)) : 0
    }

    package func keeps(_ hash: UInt64) -> Bool {
        guard let bound else { return true }
        return hash < bound
    }
}
