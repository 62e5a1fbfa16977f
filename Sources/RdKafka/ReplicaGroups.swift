/// Which of several clients sends the records of a partition, so that a broker that dies holds up no others.
///
/// A broker answers the requests of one connection in their order, and with `acks=all` a request only when every
/// in-sync replica has it. When a follower dies, the requests of its partitions wait until the controller has fenced it
/// (9 s by default), and with them all that follow on their connection. So partitions with the same leader share a
/// connection, hence a client, only where their followers are the same brokers, as long as there are clients enough.
///
/// Leaders are the preferred ones, the first of the replicas: who leads for the moment changes, and a partition may
/// change its client only while nothing of it is under way.
struct ReplicaGroups {
    let groupsMax: Int
    /// The sets of followers beside each leader, in the order in which they were met.
    private var followers: [Int32: [Set<Int32>]] = [:]

    init(groupsMax: Int) {
        self.groupsMax = groupsMax
    }

    /// - Parameter replicas: broker ids, the preferred leader first; empty where nothing is known of them.
    /// - Returns: from 0; the same for the same replicas.
    mutating func group(of replicas: [Int32]) -> Int {
        guard let leader = replicas.first else { return 0 }
        let others = Set(replicas.dropFirst())
        let known = followers[leader, default: []]
        if let place = known.firstIndex(of: others) { return place % groupsMax }
        followers[leader, default: []].append(others)
        return known.count % groupsMax
    }
}
