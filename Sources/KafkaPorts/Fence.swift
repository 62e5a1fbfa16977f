import RdKafka
import Synchronization

/// The group's word in every transaction (KIP-447): the metadata of a membership that is in force.
///
/// Brokers take offsets with generation -1 and no member id for those of a simple consumer, also on a live group, and
/// librdkafka's metadata look like that before the first join and after a lost generation. So the member id is
/// remembered at the assignment, and only metadata with that id and a generation are handed out.
package final class Fence: Sendable {
    private let member: GroupMember
    private let rememberedID = Mutex<String?>(nil)

    package init(_ member: GroupMember) {
        self.member = member
    }

    /// Called at each assignment, on the membership's thread.
    package func remember() {
        let id = member.memberID
        rememberedID.withLock { $0 = id }
    }

    /// The slots are lost: nothing may be committed until the next assignment.
    package func forget() {
        rememberedID.withLock { $0 = nil }
    }

    /// Fresh metadata, or `nil` while this process is no member.
    package func metadata() -> GroupMetadata? {
        let metadata = member.metadata()
        let id = rememberedID.withLock { $0 }
        guard let id, !id.isEmpty, metadata.memberID == id, metadata.generation >= 0 else { return nil }
        return metadata
    }

    /// Whether the group's coordinator answers another call: tells a hanging call from an outage.
    package func coordinatorAnswers(timeoutMilliseconds: Int32) -> Bool {
        member.coordinatorAnswers(timeoutMilliseconds: timeoutMilliseconds)
    }
}
