/// What sampling says of one record.
package enum SampleAnswer: Hashable, Sendable {
    case take
    case drop
    /// The definition takes it, but not now: more is offered than a rate allows.
    case sampledDown
    /// The definition asks to stop in front of a record like this.
    case stop(MissingID)

    /// Why a record has no id. An empty text tells nobody's story, so it is none.
    package enum MissingID: String, Hashable, Sendable, CaseIterable {
        case noKey = "the record has no key"
        case noHeader = "the record does not have the header that holds the id"
        case notInKey = "the id's path leads to no text and no number in the key"
        case notInValue = "the id's path leads to no text and no number in the value"
        case noPlace = "no entry of ids names the topic"
    }
}
