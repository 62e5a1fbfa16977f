/// A leak, and by what and where it was found. It quotes nothing of the record.
package struct ProofFinding: Hashable, Sendable, Codable {
    package enum Means: String, Hashable, Sendable, Codable {
        case canary
        case scan
    }

    package var means: Means
    package var topic: String
    /// Of a record of the source; a canary has none.
    package var partition: Int32?
    package var offset: Int64?
    package var leak: LeakFinding

    package init(
        _ means: Means, topic: String, partition: Int32? = nil, offset: Int64? = nil, leak: LeakFinding
    ) {
        self.means = means
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.leak = leak
    }
}

extension ProofFinding: CustomStringConvertible {
    package var description: String {
        let place =
            if let partition, let offset { "the record at \(topic)/\(partition), offset \(offset)" } else {
                "a canary for \(topic)"
            }
        return "\(place) is not sanitized: \(leak)"
    }
}
