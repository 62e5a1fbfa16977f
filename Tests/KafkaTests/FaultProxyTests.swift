import Foundation
import KafkaHarness
import RdKafka
import Rig
import Testing

/// The faults do what they are called, and only to those who come by the proxies.
@Suite(.serialized, .needsKafka)
struct FaultProxyTests {
    @Test func `each fault stops who comes by the proxy, nobody else, and only until it is healed`() throws {
        let cluster = try KafkaCluster.start(brokers: 1, isProxied: true)
        defer { cluster.shutdown() }
        let proxied = try #require(cluster.proxiedBootstrap)
        #expect(try answers(proxied, seconds: 30))
        for fault in [NetworkFault.cut, .reset, .halfOpen] {
            try cluster.apply(fault, broker: 1)
            #expect(try !answers(proxied, seconds: 2), "\(fault)")
            #expect(try answers(cluster.bootstrap, seconds: 30), "\(fault)")
            try cluster.heal(broker: 1)
            #expect(try answers(proxied, seconds: 30), "\(fault)")
        }
    }

    @Test func `a slow way is slow in both directions`() throws {
        let cluster = try KafkaCluster.start(brokers: 1, isProxied: true)
        defer { cluster.shutdown() }
        try cluster.apply(.latency(milliseconds: 300), broker: 1)
        let begin = Date.now
        #expect(try answers(try #require(cluster.proxiedBootstrap), seconds: 30))
        #expect(Date.now.timeIntervalSince(begin) > 0.6)
    }

    private func answers(_ bootstrap: String, seconds: Int32) throws -> Bool {
        let admin = try AdminClient(
            ClientConfiguration(bootstrap: bootstrap, properties: [], clientID: "martlet-test")
        ) { _ in }
        return (try? admin.topics(timeoutMilliseconds: seconds * 1_000)) != nil
    }
}
