/// How a flow that sanitizes proves, while it runs, that it does.
package struct VerifyDefinition: Hashable, Sendable {
    /// How often a canary goes through every sanitizer; `nil`: never.
    package var canaryMilliseconds: Int64? = 20_000
    /// The share of the records that is searched for what should not pass, from 0 to 1.
    package var scanRatio: Double = 0.01

    package init() {}
}
