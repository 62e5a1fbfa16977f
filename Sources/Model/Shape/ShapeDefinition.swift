/// What a flow does to records on their way, after every check of the configuration. An empty one changes nothing.
package struct ShapeDefinition: Hashable, Sendable {
    /// In the order of the file: the first one that names a topic counts. A topic that none names is taken whole.
    package var sample: [SampleDefinition] = []
    /// `nil`: as fast as both ends allow.
    package var pace: PaceDefinition?
    package var sanitize: SanitizeDefinition?
    package var guards = GuardDefinition()
    package var verify = VerifyDefinition()

    package init() {}

    /// Records are looked at on their way.
    package var touchesRecords: Bool { !sample.isEmpty || pace != nil || sanitize != nil || guards.marks }

    /// Some record may have to go to the quarantine because it cannot be sanitized.
    package var mayQuarantine: Bool {
        sanitize?.policies.contains { policy in
            [policy.onUnparseable, policy.onTypeMismatch, policy.onUnmatchedPath].contains(.quarantine)
        } ?? false
    }
}
