import CRdKafka
import Model

extension RecordProducer {
    /// Makes an open partition ready for its first record: the client of its replicas, and that client's handle. May
    /// serve reports.
    mutating func settle(_ index: Int32) {
        if unsafe destinations[Int(index)]?.client == nil { place(index) }
        guard let destination = unsafe destinations[Int(index)], let client = unsafe destination.client else {
            preconditionFailure("partition \(index) is not open")
        }
        let topic = unsafe destination.partition.topic
        do throws(KafkaFault) {
            unsafe destinations[Int(index)]?.handle = .success(try clients[client].topics.take(topic))
        } catch {
            unsafe destinations[Int(index)]?.handle = .failure(error)
        }
    }

    /// Gives each open partition that has no client the one of its replicas. One question to the brokers for all of
    /// them; while nobody answers, the one that is waited for goes to the first client, which is as good but for the
    /// time in which a broker is dead.
    ///
    /// About all topics, since a question about one has the client open it.
    private mutating func place(_ awaited: Int32) {
        if groups.groupsMax > 1 {
            for question in 0..<Self.questionsMax where unsafe destinations[Int(awaited)]?.client == nil {
                // A topic that was just made is not known to every broker yet.
                if question > 0 { unsafe rd_kafka_poll(client.pointer, Self.pauseMilliseconds) }
                guard
                    let topics = unsafe try? MetadataQuestion.allTopics.ask(
                        client.pointer, Self.placementMilliseconds)
                else { break }
                var replicas: [TopicPartition: [Int32]] = [:]
                for topic in topics {
                    for partition in topic.partitions where !partition.replicas.isEmpty {
                        replicas[TopicPartition(topic.name, partition.number)] = partition.replicas
                    }
                }
                place(by: replicas)
            }
        }
        if unsafe destinations[Int(awaited)]?.client == nil { unsafe destinations[Int(awaited)]?.client = 0 }
    }

    private static let questionsMax = 3
    private static let pauseMilliseconds: Int32 = 100
    private static let placementMilliseconds: Int32 = 1_000

    /// - Parameter replicas: broker ids, the preferred leader first, as brokers tell them.
    mutating func place(by replicas: [TopicPartition: [Int32]]) {
        for place in unsafe destinations.indices {
            guard let destination = unsafe destinations[place], unsafe destination.client == nil,
                let brokers = unsafe replicas[destination.partition]
            else { continue }
            let client = client(ofGroup: groups.group(of: brokers))
            unsafe destinations[place]?.client = client
        }
    }

    private mutating func client(ofGroup group: Int) -> Int {
        do throws(KafkaFault) {
            while clients.count <= group { try addClient() }
            return group
        } catch {
            return 0  // No thread or no descriptor for another client.
        }
    }

    private mutating func addClient() throws(KafkaFault) {
        if clients.count == 1 { client.ring(box.bell) }
        let another = try ProducerClient(configuration, box: box)
        another.ring(box.bell)
        clients.append(another)
    }
}
