extension String {
    /// Kafka's rule for the name of a topic: 1 to 249 of `A-Z a-z 0-9 . _ -`, and neither `.` nor `..`.
    package var isLegalTopicName: Bool {
        (1...249).contains(utf8.count) && utf8.allSatisfy(\.isLegalInTopic) && self != "." && self != ".."
    }

    /// Martlet's own topics, and those in which a cluster keeps its own state. No selection reaches them: copied,
    /// the state of one cluster would pass for the state of another.
    package var isNeverMirroredTopic: Bool {
        hasPrefix("martlet.") || self == "__consumer_offsets" || self == "__transaction_state"
    }
}

extension UInt8 {
    /// One of `A-Z a-z 0-9 . _ -`.
    package var isLegalInTopic: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
