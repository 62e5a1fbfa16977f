import Foundation
import Model
import Verify

/// A mirror that somebody else runs, and how it is to be judged.
package struct AttachOptions: Sendable {
    package struct Cluster: Sendable {
        package var bootstrap: String
        /// Of the connection, such as its security.
        package var properties: [ClientProperty]

        package init(bootstrap: String, properties: [ClientProperty] = []) {
            self.bootstrap = bootstrap
            self.properties = properties
        }
    }

    package var source: Cluster
    package var destination: Cluster
    /// In the source. It must not be there yet.
    package var topic: String
    /// What the mirror puts before a topic's name.
    package var destinationPrefix = ""
    package var partitions = 3
    /// `nil`: the broker's default.
    package var replicas: Int32?
    /// `nil`: as long as the trial can take, and two hours.
    package var retentionMilliseconds: Int64?
    package var ratePerSecond = 100
    package var sizes = ValueSizes.even(from: 1_000, to: 1_000)
    /// Of the load, from the moment on at which the mirror brings records.
    package var seconds = 60
    /// For the mirror to find the topic.
    package var waitSeconds = 180
    /// For what is missing at the end.
    package var concludeSeconds = 60.0
    package var claim = Claim.exactlyOnce
    package var keepsTopics = false
    /// As the report calls it.
    package var mirror = "mirror"
    /// What a person types for the same.
    package var command = "martlet verify attach"

    package init(source: Cluster, destination: Cluster, topic: String) {
        self.source = source
        self.destination = destination
        self.topic = topic
    }

    /// As the mirror calls it in the destination.
    package var copy: String { destinationPrefix + topic }

    package var retention: Int64 {
        retentionMilliseconds ?? (Int64(seconds + waitSeconds) + Int64(concludeSeconds) + 7_200) * 1_000
    }

    /// A name that no run had before: what a mirror remembers of a topic that is gone (MirrorMaker 2 keeps its offsets)
    /// would make it skip the beginning of a new one under the same name.
    package static func topicName(prefix: String, at date: Date, number: UInt32) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let day = String(format: "%04d%02d%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
        let time = String(format: "%02d%02d%02d", parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
        return "\(prefix)\(day)-\(time)-\(String(format: "%04x", number & 0xffff))"
    }

    /// Why Kafka takes no topic of this name; `nil` when it does.
    package static func refusal(ofTopic name: String) -> String? {
        guard (1...249).contains(name.utf8.count) else { return "a topic's name has 249 letters at most" }
        let isPlain = name.utf8.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
            default: false
            }
        }
        return isPlain ? nil : "a topic's name has letters, digits, \".\", \"_\" and \"-\""
    }

    /// What is to be done where the mirror has brought nothing in time.
    package func remedy(isCopyThere: Bool) -> String {
        if isCopyThere {
            return "\(copy) is in the destination, and no record of it came within \(waitSeconds) s: the mirror's log "
                + "should say why; where it only needs longer, give --wait"
        }
        var text = "the mirror did not bring \(topic) within \(waitSeconds) s: its topic selection does not match that "
        text += "name (select such names, or use --topic-prefix), it calls the topic something else than \(copy) "
        text += "(use --destination-prefix), or it looks for new topics less often (use --wait)"
        return text
    }
}

/// Which topics a trial may delete when it is over: those that it has made, or had made.
package struct TopicOwnership: Sendable, Equatable {
    package enum Side: String, Sendable {
        case source, destination
    }

    /// By this run, with an answer that it was not there before.
    package var isSourceMade = false
    /// Looked for before the source's topic was made: what is there afterwards is the mirror's copy of it.
    package var wasCopyAbsent = false

    package init(isSourceMade: Bool = false, wasCopyAbsent: Bool = false) {
        self.isSourceMade = isSourceMade
        self.wasCopyAbsent = wasCopyAbsent
    }

    /// In this order: without the source's topic the mirror has no reason to make its copy anew.
    package var deletions: [Side] {
        guard isSourceMade else { return [] }
        return wasCopyAbsent ? [.source, .destination] : [.source]
    }
}
