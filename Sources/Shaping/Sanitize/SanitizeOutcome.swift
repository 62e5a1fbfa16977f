/// What became of a part of a record.
package enum SanitizeOutcome: Hashable, Sendable {
    /// It may pass as it is.
    case unchanged
    /// What may pass stands in the sanitizer's buffer.
    case changed
    /// It passes as null.
    case nulled
    /// Headers only: name and value go.
    case removed
    /// The record is left out.
    case dropRecord
    /// The record's coordinates and this reason go to the quarantine topic.
    case quarantine(SanitizeFailure)
    /// The partition stops in front of the record.
    case stop(SanitizeFailure)
}
