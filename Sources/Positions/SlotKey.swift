import Model

/// The key of one record in a slot.
package enum SlotKey: Hashable, Sendable {
    /// Whose transactional id claimed the slot, or `-` when it was released.
    case owner
    /// The position of one source partition: `<topic>/<partition>`, which no topic name can be confused with.
    case position(TopicPartition)

    package var encoded: [UInt8] {
        switch self {
        case .owner: Array("owner".utf8)
        case .position(let source): Array("\(source.topic)/\(source.partition)".utf8)
        }
    }

    /// `nil` for whatever is not exactly what `encoded` gives: two keys must never name one partition, or the older of
    /// two positions could win.
    package init?(decoding key: [UInt8]) {
        guard let text = String(validating: key, as: UTF8.self) else { return nil }
        if text == "owner" {
            self = .owner
            return
        }
        guard let slash = text.lastIndex(of: "/"), let partition = Int32(text[text.index(after: slash)...]),
            partition >= 0, String(text[..<slash]).isLegalTopicName
        else { return nil }
        self = .position(TopicPartition(String(text[..<slash]), partition))
        guard encoded == key else { return nil }
    }
}

/// The value of an `owner` record.
package enum SlotOwner: Hashable, Sendable {
    /// Given back in good order: no transaction of the last owner is open.
    case released
    case claimed(transactionalID: String)

    package var encoded: [UInt8] {
        switch self {
        case .released: Array("-".utf8)
        case .claimed(let transactionalID): Array(transactionalID.utf8)
        }
    }

    package init(decoding value: [UInt8]) {
        let text = String(decoding: value, as: UTF8.self)
        self = text == "-" ? .released : .claimed(transactionalID: text)
    }
}
