import CRdKafka
import Model

extension RecordProducer {
    /// Gives each partition that was opened to the client of its replicas. One question to the brokers for all of them;
    /// while nobody answers they stay where they are, at the first client, which is as good but for the time in which a
    /// broker is dead.
    ///
    /// Nothing of them may be under way.
    mutating func place() {
        guard groups.groupsMax > 1 else { return unplaced = [] }
        var replicas: [TopicPartition: [Int32]] = [:]
        for question in 0..<Self.questionsMax {
            // A topic that was just made is not known to every broker yet.
            if question > 0 { unsafe rd_kafka_poll(client.pointer, Self.pauseMilliseconds) }
            guard let topics = unsafe try? MetadataQuestion.openTopics.ask(client.pointer, Self.placementMilliseconds)
            else { break }
            for topic in topics {
                for partition in topic.partitions where !partition.replicas.isEmpty {
                    replicas[TopicPartition(topic.name, partition.number)] = partition.replicas
                }
            }
            if unplaced.allSatisfy({ index in destination(of: index).map { replicas[$0] != nil } ?? true }) { break }
        }
        place(by: replicas)
    }

    private static let questionsMax = 3
    private static let pauseMilliseconds: Int32 = 100
    private static let placementMilliseconds: Int32 = 1_000

    /// - Parameter replicas: broker ids, the preferred leader first, as brokers tell them.
    mutating func place(by replicas: [TopicPartition: [Int32]]) {
        for index in unplaced {
            guard let destination = destination(of: index) else { continue }
            move(index, to: groups.group(of: replicas[destination] ?? []))
        }
        unplaced = []
    }

    /// Of an open partition whose topic librdkafka takes.
    private func destination(of index: Int32) -> TopicPartition? {
        guard let destination = unsafe destinations[Int(index)], case .success = unsafe destination.handle else {
            return nil
        }
        return unsafe destination.partition
    }

    private mutating func move(_ index: Int32, to group: Int) {
        guard var destination = unsafe destinations[Int(index)], unsafe destination.client != group else { return }
        do throws(KafkaFault) {
            while clients.count <= group { try addClient() }
            let handle = unsafe try clients[group].topics.take(destination.partition.topic)
            unsafe clients[destination.client].topics.giveBack(destination.partition.topic)
            unsafe destination.handle = .success(handle)
            unsafe destination.client = group
            unsafe destinations[Int(index)] = destination
        } catch {
            // No thread or no descriptor for another client: it stays where it is.
        }
    }

    private mutating func addClient() throws(KafkaFault) {
        if clients.count == 1 { client.ring(box.bell) }
        let another = try ProducerClient(configuration, box: box)
        another.ring(box.bell)
        clients.append(another)
    }
}
