/// What is wanted of topics, minus what is there: what to create, to grow and to register.
package struct TopicPlan: Hashable, Sendable {
    /// A run of partitions of one topic: `first ..< end`.
    package struct Span: Hashable, Sendable {
        package let topic: String
        package let first: Int32
        package let end: Int32

        package init(topic: String, first: Int32, end: Int32) {
            self.topic = topic
            self.first = first
            self.end = end
        }
    }

    /// Topics that the destination lacks, with the source's partition count.
    package var create: [Span] = []
    /// Destination topics with fewer partitions than the source.
    package var grow: [Span] = []
    /// Partitions that the flow does not mirror yet; to be registered once the destination has them.
    package var register: [Span] = []
    /// Partitions that are mirrored, and that the destination no longer has. Nothing else is planned for their topics.
    package var lost: [Span] = []

    /// - Parameters:
    ///   - source: partition counts of the selected source topics.
    ///   - destination: partition counts of all destination topics.
    ///   - registered: partitions of each topic that are mirrored already.
    package init(source: [String: Int32], destination: [String: Int32], registered: [String: Int32]) {
        for (topic, wanted) in source.sorted(by: { $0.key < $1.key }) where wanted > 0 {
            let mirrored = registered[topic] ?? 0
            let held = destination[topic] ?? 0
            if held < mirrored {
                lost.append(Span(topic: topic, first: held, end: max(wanted, mirrored)))
                continue
            }
            guard wanted > mirrored else { continue }
            register.append(Span(topic: topic, first: mirrored, end: wanted))
            if let present = destination[topic] {
                if present < wanted { grow.append(Span(topic: topic, first: present, end: wanted)) }
            } else {
                create.append(Span(topic: topic, first: 0, end: wanted))
            }
        }
    }

    package var isEmpty: Bool { register.isEmpty }
}
