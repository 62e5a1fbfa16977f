import Foundation
import KafkaHarness
import Testing

@Suite struct HarnessTests {
    @Test func `starts`() throws {
        let start = Date.now
        let cluster = try KafkaCluster.start(brokers: 1)
        print("started", Date.now.timeIntervalSince(start))
        print(try cluster.run(tool: "org.apache.kafka.tools.TopicCommand", ["--bootstrap-server", cluster.bootstrap, "--create", "--topic", "a", "--partitions", "2"]))
        #expect(cluster.brokers == 1)
    }
    @Test func `starts3`() throws {
        let start = Date.now
        let cluster = try KafkaCluster.start(brokers: 3)
        print("started3", Date.now.timeIntervalSince(start))
        try cluster.kill(broker: 2)
        print("killed", Date.now.timeIntervalSince(start))
        try cluster.restart(broker: 2)
        print("restarted", Date.now.timeIntervalSince(start))
        try cluster.stop(broker: 2)
        print("stopped", Date.now.timeIntervalSince(start))
        try cluster.restart(broker: 2)
        print("restarted", Date.now.timeIntervalSince(start))
    }
    @Test(arguments: ["3.9.2", "2.8.2"]) func `starts`(v: String) throws {
        let start = Date.now
        let cluster = try KafkaCluster.start(brokers: 1, home: KafkaHome.version(v))
        print("started", v, Date.now.timeIntervalSince(start))
        try cluster.kill(broker: 1)
        try cluster.restart(broker: 1)
        print("restarted", v, Date.now.timeIntervalSince(start))
    }
}
