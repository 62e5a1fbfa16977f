import Model
import RdKafka
import Records
import Testing

/// Records that are sent in the place of consumed ones.
@Suite struct ParcelTests {
    private static let source = TopicPartition("from", 0)
    private static let destination = TopicPartition("to", 0)

    /// Forwards what `change` makes of each record; `nil` leaves it out.
    private func forward(
        _ records: [LoadRecord], change: (borrowing ParcelStore, Read) -> Read?
    ) throws -> (destination: [LogRecord], aside: [LogRecord]) {
        let cluster = try MockCluster(brokers: 1)
        for topic in ["from", "to", "aside"] {
            try cluster.createTopic(topic, partitions: 1, replicationFactor: 1)
        }
        try cluster.load(records)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([PartitionStart(index: 3, partition: Self.source, offset: 0)])
        do {
            let store = ParcelStore()
            var producer = try cluster.producer(inFlightMax: 50)
            producer.asideTopic = "aside"
            producer.open(index: 3, destination: Self.destination)
            var batch = SourceConsumer.makeBatch(capacity: 64)
            var changed = SourceConsumer.makeBatch(capacity: 64)
            var reports = ReportBatch(capacity: 64)
            var (settled, sent, read) = (0, 0, 0)
            try eventually("every record is forwarded") {
                if batch.isEmpty { consumer.poll(into: &batch, upTo: 64, waitMilliseconds: 20) }
                while changed.room > 0, !batch.isEmpty {
                    read += 1
                    guard let parcel = change(store, batch[0]) else {
                        batch.releaseFirst()
                        continue
                    }
                    _ = batch.takeFirst()
                    changed.append(parcel)
                    sent += 1
                }
                if case .fault(let fault, _) = producer.send(&changed) { throw fault }
                producer.collectReports(into: &reports, waitMilliseconds: 5)
                for report in reports.reports { #expect(report.isDelivered && report.partition == 3) }
                settled += reports.reports.count
                reports.removeAll()
                return read == records.count && settled == sent
            }
        }
        return (try cluster.contents(of: Self.destination), try cluster.contents(of: TopicPartition("aside", 0)))
    }

    private func records(_ count: Int) -> [LoadRecord] {
        numbered(0..<count, in: Self.source).map {
            LoadRecord(
                Self.source, key: $0.key, value: $0.value,
                headers: [RecordHeader("kept", [1]), RecordHeader("gone", nil)],
                timestampMilliseconds: 1_700_000_000_000)
        }
    }

    private func sameHeaders(of read: Read) -> HeaderBuilder {
        let builder = HeaderBuilder()
        RecordView(read).forEachHeader { name, value in
            builder.add(name, value)
            return true
        }
        return builder
    }

    @Test func `fields that are not changed are those of the source`() throws {
        let sent = records(300)
        let arrived = try forward(sent) { store, read in
            store.make(of: read, key: .kept, value: .kept, headers: sameHeaders(of: read))
        }.destination
        #expect(arrived.map(Contents.init) == sent.map(Contents.init))
    }

    @Test func `a look at a parcel shows what is to be sent, and at its original what was read`() throws {
        func bytes(_ span: Span<UInt8>?) -> [UInt8]? {
            guard let span else { return nil }
            return span.indices.map { span[$0] }
        }
        func fields(_ view: RecordView) -> [[UInt8]?] {
            var fields = [view.withKey(bytes), view.withValue(bytes)]
            view.forEachHeader { name, value in
                fields += [bytes(name), bytes(value)]
                return true
            }
            return fields
        }
        let sent = records(3)
        var offset = 0
        _ = try forward(sent) { store, read in
            let record = sent[offset]
            offset += 1
            let names = [Array("kept".utf8), [1], Array("gone".utf8), nil]
            #expect(fields(RecordView(asSent: read)) == [record.key, record.value] + names)
            let headers = HeaderBuilder()
            headers.add(Array("new".utf8).span, nil)
            let parcel = store.make(of: read, key: .null, value: .bytes([7]), headers: headers)
            #expect(fields(RecordView(asSent: parcel)) == [nil, [7], Array("new".utf8), nil])
            #expect(fields(RecordView(parcel)) == [record.key, record.value] + names)
            return parcel
        }
        #expect(offset == 3)
    }

    @Test func `changed fields arrive, null and empty apart, with the source's timestamp`() throws {
        let changes: [(FieldChange, [UInt8]?)] = [(.null, nil), (.bytes([]), []), (.bytes([7, 0, 7]), [7, 0, 7])]
        for (change, expected) in changes {
            let arrived = try forward(records(40)) { store, read in
                store.make(of: read, key: change, value: change)
            }.destination
            #expect(arrived.count == 40)
            #expect(arrived.allSatisfy { $0.key == expected && $0.value == expected && $0.headers.isEmpty })
            #expect(arrived.allSatisfy { $0.timestampMilliseconds == 1_700_000_000_000 })
        }
    }

    @Test func `headers are put together anew, null and empty apart`() throws {
        let arrived = try forward(records(5)) { store, read in
            let builder = HeaderBuilder()
            RecordView(read).forEachHeader { name, value in
                if name.count == 4, name[0] == UInt8(ascii: "k") { builder.add(name, value) }
                return true
            }
            builder.add(Array("empty".utf8).span, [UInt8]().span)
            builder.add(Array("null".utf8).span, nil)
            return store.make(of: read, key: .kept, value: .kept, headers: builder)
        }.destination
        let wanted = [RecordHeader("kept", [1]), RecordHeader("empty", []), RecordHeader("null", nil)]
        #expect(arrived.count == 5 && arrived.allSatisfy { $0.headers == wanted })
    }

    @Test func `what goes aside is in the other topic, and the rest keeps its order`() throws {
        var number = 0
        let arrived = try forward(records(100)) { store, read in
            number += 1
            return store.make(of: read, key: .kept, value: .null, isAside: number % 10 == 0)
        }
        #expect(arrived.aside.count == 10 && arrived.destination.count == 90)
        let keys = arrived.destination.map { Int(String(decoding: $0.key ?? [], as: UTF8.self)) }
        let wanted: [Int?] = (0..<100).filter { $0 % 10 != 9 }
        #expect(keys == wanted)
    }

    @Test func `a checksum is that of the source's record, and a view shows it`() throws {
        var checksums: [UInt64] = []
        _ = try forward(records(3)) { store, read in
            checksums.append(SourceConsumer.checksum(of: read))
            let view = RecordView(read)
            #expect(view.withValue { $0?.count } == 20 && view.withKey { $0?.count } == 1 && view.headers == .some)
            let parcel = store.make(of: read, key: .null, value: .null)
            checksums.append(SourceConsumer.checksum(of: parcel))
            return parcel
        }
        #expect(checksums.count == 6 && checksums[0] == checksums[1] && checksums[0] != checksums[2])
    }

    @Test func `parcels outlive their store`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("from", partitions: 1, replicationFactor: 1)
        try cluster.load(records(10))
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([PartitionStart(index: 0, partition: Self.source, offset: 0)])
        var kept = SourceConsumer.makeBatch(capacity: 64)
        do {
            let store = ParcelStore()
            var batch = SourceConsumer.makeBatch(capacity: 64)
            try eventually("ten are read") {
                consumer.poll(into: &batch, upTo: 64, waitMilliseconds: 20)
                return batch.count == 10
            }
            while !batch.isEmpty {
                kept.append(store.make(of: batch.takeFirst(), key: .bytes([1]), value: .bytes([2, 3])))
            }
        }
        #expect(kept.count == 10 && kept[9].bytes == 3 && kept[9].offset == 9)
    }
}
