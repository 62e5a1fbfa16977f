/// Which records of some topics are taken.
package struct SampleDefinition: Hashable, Sendable {
    package var topics: [TopicEntry]
    package var mode: Mode
    /// The share that is taken, above 0 and at most 1; not for `all` and `every_nth`.
    package var ratio: Double = 1
    /// `every_nth` only.
    package var nth: Int64 = 1
    /// `by_id` only: what tells whose story a record belongs to, by topic; the first entry that names a topic counts.
    package var ids: [IDSource] = []
    /// Decides, together with the id, which ids are taken: the same seed takes the same ids from every topic.
    package var seed: UInt64 = 0
    package var onMissingID = MissingIDPolicy.drop

    package enum Mode: String, Sendable, CaseIterable {
        case all
        case random
        case everyNth = "every_nth"
        case byKey = "by_key"
        case byID = "by_id"
    }

    /// A record without the id that decides.
    package enum MissingIDPolicy: String, Sendable, CaseIterable {
        case drop
        case keep
        case stop
    }

    package struct IDSource: Hashable, Sendable {
        package var topics: [TopicEntry]
        package var place: FieldPlace

        package init(topics: [TopicEntry], place: FieldPlace) {
            self.topics = topics
            self.place = place
        }
    }

    package init(topics: [TopicEntry], mode: Mode) {
        self.topics = topics
        self.mode = mode
    }
}

/// A place in a record.
package enum FieldPlace: Hashable, Sendable {
    /// In the value, a JSON document.
    case value(JSONPath)
    /// In the key, a JSON document.
    case keyPath(JSONPath)
    /// The whole key.
    case key
    /// Headers whose whole name a regular expression matches; a plain name is one.
    case header(String)
}
