/// Why a flow cannot go on in this process, with what to do about it.
package struct FlowFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String
    package let remedy: String

    package init(_ reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String { "\(reason); \(remedy)" }
}
