import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// Records that are shaped on their way: sampled, sanitized, paced; and guards that keep them from going anywhere.
    @Suite(.serialized)
    struct Shaped {
        private static let key = "a key for these tests only"

        // MARK: Sampling

        @Test(arguments: Delivery.allCases)
        func `a share of the ids is taken from every topic, the same ones, and positions go past the rest`(
            delivery: Delivery
        ) throws {
            let topics = ["orders", "payments"].map { Clusters.uniqueName($0) }
            let shape = "{ sample: { mode: by_id, ratio: 20%, seed: 7, id: { \(topics[0]): $.id, '.*': key } } }"
            let flow = try MirrorFlow(topics: topics, delivery: delivery, settings: ["shape": shape])
            let ids = (0..<2_000).map { "id-\($0)" }
            for topic in topics { try flow.source.create(topic, partitions: 3) }
            try flow.fill(topics[0], partitions: 3, ids.map { (nil, #"{"a":[1,{}],"id":"\#($0)"}"#) })
            try flow.fill(topics[1], partitions: 3, ids.map { ($0, "of \($0)") })
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")

            let orders = try flow.arrived(topics[0]).map { $0.value.flatMap(Self.id) }
            let payments = try flow.arrived(topics[1]).map { $0.key.map { String(decoding: $0, as: UTF8.self) } }
            #expect(Set(orders) == Set(payments) && orders.count == Set(orders).count)
            // 2,000 draws of 20 %: 400, with a standard deviation of 18.
            #expect((310...490).contains(orders.count), "\(orders.count)")
            // Nothing is left to be read: the position stands behind what was left out, too.
            let again = try flow.startOnce()
            #expect(again.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(!again.output.contains("shaped"), "\(again.output)")
        }

        private static func id(_ value: [UInt8]) -> String? {
            (try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any])?["id"] as? String
        }

        // MARK: Sanitizing

        @Test(arguments: Delivery.allCases)
        func `no listed field arrives in clear, and what cannot be read goes aside without its bytes`(
            delivery: Delivery
        ) throws {
            let policy =
                "{ topics: ['.*'], keep: [$.id], rules: [{ path: $.user.email, do: email, identity: person }, "
                + "{ path: $.user.id, do: pseudonym, identity: person }, { key: true, do: pseudonym, identity: person }] }"
            let flow = try MirrorFlow(
                delivery: delivery,
                settings: ["shape": "{ sanitize: { key: '\(Self.key)', policies: [\(policy)] } }"])
            try flow.source.create(flow.topic, partitions: 2)
            let records: [(key: String?, value: String)] = (0..<600).map { number in
                let secret = "Secret\(number)"
                return number % 10 == 3
                    ? ("\(secret)", #"{"user":{"email":"\#(secret)@example.org""#)
                    : (
                        "\(secret)",
                        #"{"id":\#(number),"user":{"id":"\#(secret)","email":"\#(secret)@example.org","note":"\#(secret)"}}"#
                    )
            }
            try flow.fill(flow.topic, partitions: 2, records, headers: [RecordHeader("Cookie", Array("Secret".utf8))])
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")

            let arrived = try flow.arrived(flow.topic)
            let quarantine = try flow.arrived("martlet.\(flow.name).quarantine")
            #expect(
                arrived.count == 540 && quarantine.count == 60, "\(arrived.count) \(quarantine.count)\n\(flow.logs)")
            #expect(!(arrived + quarantine).contains { $0.holds("Secret") } && !process.output.contains("Secret"))
            for record in arrived {
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any])
                let user = try #require(object["user"] as? [String: Any])
                // The same person in key and value: a join over both still works.
                #expect((user["id"] as? String).map { Array($0.utf8) } == record.key)
                #expect(
                    (user["email"] as? String)?.hasSuffix("@mail.invalid") == true && user["note"] as? String == "***")
                #expect(object["id"] is Int && record.headers.isEmpty)
            }
            #expect(quarantine.allSatisfy { $0.value == nil && $0.key == nil && $0.holds("unparseable") })
        }

        @Test func `a record that cannot be sanitized stops its partition where that is wanted, and no other`() throws {
            let policy = "{ topics: ['.*'], keep: [$.id], on-unparseable: stop }"
            let flow = try MirrorFlow(
                settings: ["shape": "{ sanitize: { key: '\(Self.key)', policies: [\(policy)] } }"])
            try flow.source.create(flow.topic, partitions: 2)
            try flow.fill(flow.topic, partitions: 2, (0..<200).map { (nil, $0 == 100 ? "{" : #"{"id":\#($0)}"#) })
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 1, "\(flow.logs)")
            #expect(process.output.contains("the record at offset 50 cannot be sanitized: unparseable"), "\(flow.logs)")
            let arrived = try flow.destination.records(of: flow.topic).map(\.count)
            #expect(arrived == [50, 100])
            // It is still in front of it: what lies behind was not passed over.
            let again = try flow.startOnce()
            #expect(again.waitForExit(seconds: 120)?.code == 1, "\(flow.logs)")
            #expect(again.output.contains("the record at offset 50 cannot be sanitized: unparseable"), "\(flow.logs)")
        }

        // MARK: Pace

        @Test func `two processes together keep one rate, and the kill switch holds everything`() throws {
            let rate = 800
            let flow = try MirrorFlow(
                delivery: .atLeastOnce, settings: ["shape": "{ pace: { mode: rate, records-per-s: \(rate) } }"])
            try flow.source.create(flow.topic, partitions: 6)
            // The broker's clock tells when a record came.
            try flow.destination.create(
                flow.topic, partitions: 6, settings: [("message.timestamp.type", "LogAppendTime")])
            try flow.fill(flow.topic, partitions: 6, (0..<120_000).map { ("\($0)", "v") })
            _ = try flow.start(instance: "one")
            _ = try flow.start(instance: "two")
            try flow.eventually("8 s of records arrive") { try flow.count >= 8 * rate }
            let stopped = try flow.command(["rate", "--config", "{config}", "--stop"])
            #expect(stopped.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            Thread.sleep(forTimeInterval: 3)
            let held = try flow.count
            Thread.sleep(forTimeInterval: 2)
            #expect(try flow.count == held, "the kill switch lets records through\n\(flow.logs)")
            let resumed = try flow.command(["rate", "--config", "{config}", "--resume"])
            #expect(resumed.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            try flow.eventually("it goes on") { try flow.count >= held + 12 * rate }

            let times = try flow.arrived(flow.topic).map(\.timestampMilliseconds).sorted()
            let most = Self.most(of: times, withinMilliseconds: 10_000)
            let slice = Self.most(of: times, withinMilliseconds: 100)
            report(
                "at \(rate) records/s with two processes: \(most) in the fullest 10 s, \(slice) in the fullest 100 ms")
            // The limit is a promise at every moment, on a busy machine as well; what the broker's clock adds is its own.
            #expect(Double(most) <= Double(rate * 10) * MirrorScale.bound(1.02, else: MirrorScale.arrivalJitter))
            #expect(MirrorScale.isTimingStrict ? slice <= 2 * rate / 10 + 2 : true)
        }

        private static func most(of times: [Int64], withinMilliseconds span: Int64) -> Int {
            var (first, most) = (0, 0)
            for (last, time) in times.enumerated() {
                while times[first] <= time - span { first += 1 }
                most = max(most, last - first + 1)
            }
            return most
        }

        // MARK: Recipes

        /// The files of `config/`, as they are shipped, between two clusters.
        @Test(arguments: [
            "functional-800rps.yaml", "load-2x-bursts.yaml", "sample-5-percent.yaml", "sanitize-orders.yaml",
        ])
        func `a recipe does what it says`(name: String) throws {
            let topics = ["orders", "payments", "shipments"]
            let flow = try MirrorFlow(topics: topics)
            let isLoad = name == "load-2x-bursts.yaml"
            let from = Self.now
            try flow.prepareRecipe(topics, environment: isLoad ? "perf" : "staging")
            let to = Self.now + 1
            defer { flow.removeRecipe(topics) }
            let id = try #require(try flow.destination.admin().clusterID(timeoutMilliseconds: 10_000))
            let process = try MartletProcess(
                configuration: try Self.recipe(name),
                arguments: ["run", "--config", "{config}"] + (isLoad ? [] : ["--once"]),
                environment: [
                    "PERF_BOOTSTRAP": ClusterAccess(flow.destination).bootstrap, "PERF_CLUSTER_ID": id,
                    "WINDOW_FROM": "\(from)", "WINDOW_TO": "\(to)",
                    "PROD_BOOTSTRAP": ClusterAccess(flow.source).bootstrap,
                    "STAGING_BOOTSTRAP": ClusterAccess(flow.destination).bootstrap, "MASK_KEY": Self.key,
                    "STAGING_CLUSTER_ID": id,
                ])
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(process.output)")

            let orders = try flow.arrived("orders")
            // 1,000 draws of 5 % or 10 %, within five standard deviations.
            let expected =
                ["functional-800rps.yaml": 53...147, "sample-5-percent.yaml": 16...84][name] ?? 1_000...1_000
            #expect(expected.contains(orders.count), "\(orders.count)\n\(process.output)")
            guard name != "sample-5-percent.yaml" else {
                let keys = try topics.map { Set(try flow.arrived($0).map(\.key)) }
                #expect(keys[0] == keys[1] && keys[1] == keys[2])
                return
            }
            #expect(orders.allSatisfy { !$0.holds("secret") && $0.holds(".invalid") && $0.holds("paid") })
            let isMarked = orders.allSatisfy { $0.holds("x-replay-run") }
            #expect(isMarked == (isLoad || name == "functional-800rps.yaml"))
        }

        private static var now: Int64 { Int64(Date.now.timeIntervalSince1970 * 1_000) }

        /// From the beginning, so that there is something to be copied.
        private static func recipe(_ name: String) throws -> String {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return try String(contentsOf: root.appending(path: "config/\(name)"), encoding: .utf8)
                .replacing("start: latest", with: "start: earliest")
        }

        // MARK: Guards

        @Test func `a guard that does not hold lets nothing go anywhere`() throws {
            let past = "2020-01-01T00:00:00Z"
            let cases = [
                ("{ allowed-cluster-ids: [another] }", "which shape.guard.allowed-cluster-ids does not name"),
                ("{ environment-marker: { topic: no-such-marker, equals: staging } }", "no topic no-such-marker"),
                ("{ looks-like-production: ['127.0'] }", "address looks like production"),
                ("{ expires-at: '\(past)' }", "the flow has expired"),
            ]
            for (guards, words) in cases {
                let flow = try MirrorFlow(settings: ["shape": "{ guard: \(guards) }"])
                try flow.source.create(flow.topic, partitions: 1)
                try flow.fill(flow.topic, partitions: 1, [("k", "v")])
                let process = try flow.start()
                #expect(process.waitForExit(seconds: 60)?.code == 1, "\(guards)\n\(flow.logs)")
                #expect(process.output.contains(words), "\(flow.logs)")
                let topics = try flow.destination.admin().topics(timeoutMilliseconds: 10_000).map(\.name)
                #expect(!topics.contains { $0.contains(flow.name) || $0 == flow.topic }, "\(guards)")
            }
        }

        /// It has no other shape: the guard alone ends it.
        @Test func `a flow that expires while it runs ends in good order`() throws {
            let expiry = Int64((Date.now.timeIntervalSince1970 + 20) * 1_000)
            let flow = try MirrorFlow(settings: ["shape": "{ guard: { expires-at: \(expiry) } }"])
            try flow.source.create(flow.topic, partitions: 1)
            try flow.fill(flow.topic, partitions: 1, [("k", "v")])
            let process = try flow.start()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(process.output.contains("the flow has expired"), "\(flow.logs)")
        }

        @Test func `guards that hold let records pass, marked where that is wanted`() throws {
            let marker = Clusters.uniqueName("environment")
            let pair = try Clusters.pair()
            let id = try #require(try pair.destination.admin().clusterID(timeoutMilliseconds: 10_000))
            try pair.destination.create(marker, partitions: 1)
            try pair.destination.produce([LoadRecord(TopicPartition(marker, 0), key: nil, value: Array("staging".utf8))]
            )
            let guards =
                "{ allowed-cluster-ids: ['\(id)'], environment-marker: { topic: \(marker), equals: staging }, "
                + "expires-at: '2199-01-01T00:00:00Z', mark-records: true }"
            let flow = try MirrorFlow(settings: ["shape": "{ guard: \(guards) }"])
            try flow.source.create(flow.topic, partitions: 1)
            try flow.fill(flow.topic, partitions: 1, [("k", "v")])
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let record = try #require(try flow.arrived(flow.topic).first)
            #expect(record.value == Array("v".utf8))
            let names = record.headers.map { String(decoding: $0.name, as: UTF8.self) }
            #expect(names == ["x-replay-run", "x-replay-source", "x-replay-ts", "x-replay-ratio"])
            #expect(record.headers.first?.value == Array(flow.name.utf8))
        }
    }
}

extension MirrorFlow {
    /// Sends each record to the next partition.
    fileprivate func fill(
        _ topic: String, partitions: Int, _ records: [(key: String?, value: String)], headers: [RecordHeader] = []
    ) throws {
        var producer = try LoadProducer(.test(source, [("enable.idempotence", "true"), ("linger.ms", "5")])) { _ in }
        for (number, record) in records.enumerated() {
            let placed = LoadRecord(
                TopicPartition(topic, Int32(number % partitions)), key: record.key.map { Array($0.utf8) },
                value: Array(record.value.utf8), headers: headers)
            while try !producer.produce(placed, ticket: 0) { _ = producer.poll(waitMilliseconds: 10) }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
    }

    /// The topics that recipes name, with a thousand stories in each, and the environment's marker.
    fileprivate func prepareRecipe(_ topics: [String], environment: String) throws {
        removeRecipe(topics)
        for (topic, field) in zip(topics, ["id", "orderId", "other"]) {
            try source.create(topic, partitions: 2)
            try fill(
                topic, partitions: 2,
                (0..<1_000).map { number in
                    ("\(number)", #"{"\#(field)":"\#(number)","status":"paid","user":{"email":"secret@example.org"}}"#)
                })
        }
        try destination.create("_environment", partitions: 1)
        try destination.produce([
            LoadRecord(TopicPartition("_environment", 0), key: nil, value: Array(environment.utf8))
        ])
    }

    /// They have names that other recipes have, too.
    fileprivate func removeRecipe(_ topics: [String]) {
        for (cluster, names) in [(source, topics), (destination, topics + ["_environment"])] {
            for name in names {
                _ = try? cluster.admin().delete([name], timeoutMilliseconds: 10_000)
                try? eventually("\(name) is gone", seconds: 20) {
                    try cluster.admin().topic(name, timeoutMilliseconds: 5_000) == nil
                }
            }
        }
    }

    fileprivate func arrived(_ topic: String) throws -> [LogRecord] {
        try destination.records(of: topic).flatMap { $0 }
    }

    /// Records of the flow's topic at the destination.
    fileprivate var count: Int {
        get throws {
            let ends = destination.ends(of: topic, partitions: 6)
            return Int(ends.reduce(0, +))
        }
    }
}

extension LogRecord {
    /// Whether the text stands anywhere in it, in whatever case.
    fileprivate func holds(_ text: String) -> Bool {
        let parts = [key, value] + headers.flatMap { [$0.name, $0.value] }
        return parts.compactMap { $0 }.contains {
            String(decoding: $0, as: UTF8.self).lowercased().contains(text.lowercased())
        }
    }
}
