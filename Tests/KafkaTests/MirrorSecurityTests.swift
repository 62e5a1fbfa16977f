import Engine
import Foundation
import KafkaHarness
import KafkaPorts
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// Who may talk to whom, on real listeners with TLS and SASL.
    @Suite(.serialized)
    struct Security {
        private static let shared = Result { try SecureCluster() }
        private static let password = SecureCluster.password

        private var secure: SecureCluster { get throws { try Self.shared.get() } }

        /// All flows make the same destination topic at the same time: who comes later takes it as it is.
        @Test func `records are copied over TLS, with a client's certificate, and with both kinds of password`() throws
        {
            let secure = try secure
            let topic = Clusters.uniqueName("wire")
            try secure.allow("Read", on: ["--topic", topic], to: "User:mirror", "User:CN=client")
            let load = try MirrorLoad(
                MirrorFlow(from: secure.cluster, topics: [topic]), partitions: 2, total: 200)
            try load.fill()
            let accesses = [
                ("tls", secure.access(.tls)), ("mutual", secure.access(.mutual, certificate: "client")),
                ("plain", secure.access(user: "mirror", Self.password, mechanism: "PLAIN")),
                ("scram", secure.access(user: "mirror", Self.password)),
            ]
            let started = try accesses.map { name, access in
                // Each flow copies the topic once more: what arrives is counted.
                let flow = try MirrorFlow(
                    from: secure.cluster, name: Clusters.uniqueName(name), topics: [topic],
                    settings: ["start": "earliest"])
                flow.sourceAccess = access
                flow.logLevel = "debug"
                return (name, flow, try flow.startOnce())
            }
            for (name, flow, process) in started {
                #expect(process.waitForExit(seconds: 120)?.code == 0, "\(name)\n\(flow.logs)")
                #expect(process.output.contains("200 records copied"), "\(name)\n\(flow.logs)")
                #expect(!flow.logs.contains(Self.password))
            }
        }

        /// Authentication that fails is told with its cluster and its user, and tried again; no log shows the password.
        @Test func `a wrong password and certificates that do not count are told, by run and by check`() throws {
            let secure = try secure
            let wrong = "battery-horse-wrong"
            let cases = [
                (
                    secure.access(user: "mirror", wrong),
                    "cluster from does not accept the credentials of User:mirror"
                ),
                (
                    secure.access(user: "mirror", wrong, mechanism: "PLAIN"),
                    "cluster from does not accept the credentials of User:mirror"
                ),
                (
                    secure.access(.tls, authority: secure.certificates.strangeAuthority),
                    "no TLS connection with cluster from"
                ),
                (secure.access(.expired), "no TLS connection with cluster from"),
                (secure.access(.mutual, certificate: "expired-client"), "no TLS connection with cluster from"),
            ]
            let started = try cases.map { access, expected in
                let flow = try MirrorFlow(from: secure.cluster)
                flow.sourceAccess = access
                flow.logLevel = "debug"
                return (flow, try flow.start(), try flow.startCheck(), expected)
            }
            for (flow, run, check, expected) in started {
                let line = run.waitForLine(containing: expected, seconds: 60)
                #expect(line?.contains("tried again") == true, "\(expected)\n\(flow.logs)")
                #expect(check.waitForExit(seconds: 60)?.code == 1)
                #expect(check.output.contains(expected), "\(check.output)")
                #expect(run.child.isRunning)
                for secret in [Self.password, wrong] { #expect(!flow.logs.contains(secret)) }
            }
        }

        /// From no right to all that are needed, one after the other, while the process runs.
        @Test func `each missing right at the destination is named, and the flow goes on as soon as it is given`()
            throws
        {
            let secure = try secure
            let flow = try MirrorFlow(to: secure.cluster)
            flow.destinationAccess = secure.access(user: "mirror", Self.password)
            let load = try MirrorLoad(flow, partitions: 2, total: 200)
            try load.fill()
            let process = try flow.start()
            func expectRefusal(_ right: String, on resource: String) {
                let expected = "takes this client for User:mirror, who lacks \(right)"
                let deadline = Date.now.addingTimeInterval(60)
                var isTold = false
                while !isTold, Date.now < deadline, process.child.isRunning {
                    isTold = process.output.split(separator: "\n")
                        .contains { $0.contains(expected) && $0.contains(resource) }
                    Thread.sleep(forTimeInterval: 0.1)
                }
                #expect(isTold, "\(right) on \(resource)\n\(flow.logs)")
            }
            let own = ["--topic", "martlet.\(flow.name).", "--resource-pattern-type", "prefixed"]
            let ids = ["--transactional-id", "martlet.\(flow.name).", "--resource-pattern-type", "prefixed"]
            expectRefusal("WRITE or DESCRIBE", on: "topic martlet.\(flow.name).control")
            try secure.allow(["Create", "Read", "Write"], on: own, to: "User:mirror")
            expectRefusal("READ or DESCRIBE", on: "group martlet.\(flow.name)")
            try secure.allow("Read", on: ["--group", "martlet.\(flow.name)"], to: "User:mirror")
            expectRefusal("WRITE or DESCRIBE", on: "transactional ids that begin with martlet.\(flow.name).")
            try secure.allow("Write", on: ids, to: "User:mirror")
            expectRefusal("CREATE", on: "topic \(flow.topic)")
            let check = try flow.startCheck()
            #expect(check.waitForExit(seconds: 60)?.code == 1)
            #expect(check.output.contains("to would not create or grow \(flow.topic)"), "\(check.output)")
            try secure.allow(["Create", "Describe"], on: ["--topic", flow.topic], to: "User:mirror")
            expectRefusal("WRITE or DESCRIBE", on: "topic \(flow.topic)")
            try secure.allow("Write", on: ["--topic", flow.topic], to: "User:mirror")
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            #expect(process.child.isRunning)
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
        }

        @Test func `a missing right to read is named, and the topic is copied as soon as it is given`() throws {
            let secure = try secure
            let flow = try MirrorFlow(from: secure.cluster)
            flow.sourceAccess = secure.access(user: "stranger", Self.password)
            let load = try MirrorLoad(flow, partitions: 2, total: 200)
            try load.fill()
            try secure.allow("Describe", on: ["--topic", flow.topic], to: "User:stranger")
            let check = try flow.startCheck()
            let process = try flow.start()
            let line = process.waitForLine(containing: "partition stopped", seconds: 60)
            #expect(line?.contains("User:stranger, who lacks READ") == true, "\(flow.logs)")
            #expect(check.waitForExit(seconds: 60)?.code == 1)
            #expect(check.output.contains("User:stranger, who lacks READ"), "\(check.output)")
            try secure.allow("Read", on: ["--topic", flow.topic], to: "User:stranger")
            #expect(process.waitForLine(containing: "partition goes on", seconds: 60) != nil, "\(flow.logs)")
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
        }

        /// Brokers show such a topic as little as one that was deleted.
        @Test func `a right to read that is taken away is no deletion, and the topic goes on when it is given back`()
            throws
        {
            let secure = try secure
            let flow = try MirrorFlow(from: secure.cluster)
            flow.sourceAccess = secure.access(user: "stranger", Self.password)
            try secure.allow("Read", on: ["--topic", flow.topic], to: "User:stranger")
            let load = try MirrorLoad(flow, partitions: 2, total: 200)
            try load.fill()
            let process = try flow.start()
            try flow.eventually("all was copied") {
                try flow.destination.admin().topic(flow.topic, timeoutMilliseconds: 10_000) != nil
                    && flow.destination.records(of: flow.topic).joined().count == 200
            }
            try secure.withdraw("Read", on: ["--topic", flow.topic], from: "User:stranger")
            let line = process.waitForLine(containing: "partition stopped", seconds: 60)
            #expect(line?.contains("User:stranger, who lacks READ") == true, "\(flow.logs)")
            try secure.allow("Read", on: ["--topic", flow.topic], to: "User:stranger")
            #expect(process.waitForLine(containing: "partition goes on", seconds: 120) != nil, "\(flow.logs)")
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            #expect(!process.output.contains("source topic gone"), "\(flow.logs)")
        }

        @Test func `a topic that is not there is told from one that may not be seen`() throws {
            let secure = try secure
            let (seen, unseen, missing) = (
                Clusters.uniqueName("seen"), Clusters.uniqueName("unseen"), Clusters.uniqueName("missing")
            )
            for topic in [seen, unseen] { try secure.cluster.create(topic, partitions: 1) }
            for topic in [seen, missing] { try secure.allow("Describe", on: ["--topic", topic], to: "User:stranger") }
            let access = secure.access(user: "stranger", Self.password)
            let admin = try AdminClient(
                ClientConfiguration(
                    bootstrap: access.bootstrap, properties: access.kafka.map { ClientProperty($0.key, $0.value) },
                    clientID: "martlet-test")
            ) { _ in }
            let cluster = try #require(secure.cluster.admin().clusterID(timeoutMilliseconds: 10_000))
            func presence(_ topic: String, _ number: Int32 = 0, cluster: String) throws -> TopicPresence? {
                let partition = TopicPartition(topic, number)
                return try TopicPresence.ask([partition], cluster: cluster, admin, timeoutMilliseconds: 10_000)[
                    partition]
            }
            #expect(try presence(seen, cluster: cluster) == .shown)
            #expect(try presence(seen, 1, cluster: cluster) == .absent(.partition(count: 1)))
            #expect(try presence(missing, cluster: cluster) == .absent(.topic))
            guard case .unclear = try presence(missing, cluster: "another") else {
                Issue.record("another cluster's word counts")
                return
            }
            guard case .forbidden = try presence(unseen, cluster: cluster) else {
                Issue.record("a topic that may not be seen counts as deleted")
                return
            }
        }

        /// The new password is in force at the broker before the file changes, and the broker starts anew afterwards: the
        /// old one would be of no use to anybody.
        @Test(.enabled(if: SecureCluster.takesSCRAM))
        func `a password that changes in its file is taken up without losing a record`() throws {
            let secure = try secure
            let user = SecureCluster.superuser
            let flow = try MirrorFlow(to: secure.cluster)
            let file = secure.certificates.folder.appending(path: "password-\(flow.name)")
            try Self.password.write(to: file, atomically: true, encoding: .utf8)
            flow.destinationAccess = secure.access(user: user, "${file:\(file.path)}")
            flow.logLevel = "debug"
            let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: 2_000, total: .max / 2)
            load.start()
            let process = try flow.start()
            try load.awaitReceived(1_000)

            let next = "staple-battery-next"
            try secure.setPassword(next, of: user)
            try next.write(to: file, atomically: true, encoding: .utf8)
            let line = process.waitForLine(containing: "their flows begin again", seconds: 60)
            #expect(line?.contains("clusters=to") == true, "\(flow.logs)")
            try load.awaitReceived(load.received + 2_000)
            try secure.cluster.kill(broker: 1)
            try secure.cluster.restart(broker: 1)
            try load.awaitReceived(load.received + 2_000)
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            for secret in [Self.password, next] { #expect(!flow.logs.contains(secret)) }
        }

        /// Another principal, whose files come one after the other: what does not belong together is not used. Afterwards
        /// the old principal may do nothing any more, so whatever arrives then came with the new certificate.
        @Test func `a certificate that changes in its files is taken up without losing a record`() throws {
            let secure = try secure
            let flow = try MirrorFlow(to: secure.cluster)
            let (old, new, used) = ("old-\(flow.name)", "new-\(flow.name)", "used-\(flow.name)")
            for name in [old, new] { try secure.certificates.issue(name) }
            let everything = ["--topic", "*", "--group", "*", "--transactional-id", "*"]
            try secure.allow(["All"], on: everything, to: [old, new].map { "User:CN=\($0)" })
            try secure.certificates.putKey(of: old, inPlaceOf: used)
            try secure.certificates.putCertificate(of: old, inPlaceOf: used)
            flow.destinationAccess = secure.access(.mutual, certificate: used)
            let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: 2_000, total: .max / 2)
            load.start()
            let process = try flow.start()
            try load.awaitReceived(1_000)

            try secure.certificates.putCertificate(of: new, inPlaceOf: used)
            let refused = process.waitForLine(containing: "changed settings are not used yet", seconds: 60)
            try #require(refused != nil, "\(flow.logs)")
            try load.awaitReceived(load.received + 2_000)
            try secure.certificates.putKey(of: new, inPlaceOf: used)
            let line = process.waitForLine(containing: "their flows begin again", seconds: 60)
            try #require(line?.contains("clusters=to") == true, "\(flow.logs)")
            try load.awaitReceived(load.received + 2_000)
            try secure.deny("All", on: everything, to: "User:CN=\(old)")
            let slotsLost = process.output.components(separatedBy: "slots lost").count
            try load.awaitReceived(load.received + 4_000)
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            #expect(process.output.components(separatedBy: "slots lost").count == slotsLost, "\(flow.logs)")
            #expect(!process.output.contains("who lacks"), "\(flow.logs)")
        }
    }
}

extension SecureCluster {
    /// Over a listener of TLS.
    fileprivate func access(
        _ listener: Listener, authority: String? = nil, certificate: String? = nil
    ) -> ClusterAccess {
        var kafka = ["security.protocol": "ssl", "ssl.ca.location": authority ?? certificates.authority]
        if let certificate {
            kafka["ssl.certificate.location"] = certificates.certificate(of: certificate)
            kafka["ssl.key.location"] = certificates.key(of: certificate)
        }
        return ClusterAccess(bootstrap: cluster.bootstrap(listener: listener.rawValue), kafka: kafka)
    }

    /// Over the listener of SASL.
    fileprivate func access(
        user: String, _ password: String, mechanism: String? = nil
    ) -> ClusterAccess {
        let mechanism = mechanism ?? (Self.takesSCRAM ? "SCRAM-SHA-512" : "PLAIN")
        return ClusterAccess(
            bootstrap: cluster.bootstrap(listener: Listener.sasl.rawValue),
            kafka: [
                "security.protocol": "sasl_ssl", "ssl.ca.location": certificates.authority,
                "sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password,
            ])
    }
}
