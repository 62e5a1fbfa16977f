/// Why no sanitizer can be made from a policy.
package struct SanitizeFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what to do, at least one.
    package let problems: [String]

    package init(_ problems: [String]) {
        self.problems = problems
    }

    package var description: String { problems.joined(separator: "; ") }
}
