/// What a scanner has read last.
package enum JSONToken: Hashable, Sendable {
    /// A member's name; its colon has been read, too.
    case key
    case string
    case number
    case `true`
    case `false`
    case null
    case beginObject
    case endObject
    case beginArray
    case endArray
    /// The document is whole, and nothing but white space follows it.
    case end
    /// It is no JSON: `JSONScanner.fault` says why.
    case fault
}
