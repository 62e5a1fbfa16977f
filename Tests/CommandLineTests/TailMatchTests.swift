import Mirror
import Model
import Records
import Testing

struct TailMatchTests {
    private func record(_ number: UInt8, at milliseconds: Int64 = 0) -> RecordCopy {
        RecordCopy(
            key: [1], value: [number], headers: [RecordHeader("colour", [3])], timestampMilliseconds: milliseconds)
    }

    private func match(_ tail: [RecordCopy], in source: [RecordCopy], from offset: Int64 = 100) -> TailMatch {
        var match = TailMatch(tail)
        for (place, record) in source.enumerated() { match.note(record, at: offset + Int64(place)) }
        return match
    }

    @Test func `copying goes on behind the last record that has arrived`() {
        let match = match([record(1), record(2)], in: (0..<9).map { record($0) })
        #expect(match.next == 103 && match.isComplete)
    }

    /// At least once a process that was fenced may have been further than the one that wrote last.
    @Test func `records that arrived twice do not set it back`() {
        let match = match([record(5), record(6), record(4), record(5)], in: (0..<9).map { record($0) })
        #expect(match.next == 107)
    }

    @Test func `of records that are alike the first one counts, so that none is lost`() {
        #expect(match([record(7)], in: [record(7), record(0), record(7)]).next == 101)
    }

    @Test func `a record that differs in one part is another`() {
        let tail = [record(1, at: 5)]
        let strangers = [
            record(2, at: 5), record(1, at: 6),
            RecordCopy(key: nil, value: [1], headers: [RecordHeader("colour", [3])], timestampMilliseconds: 5),
            RecordCopy(key: [1], value: nil, headers: [RecordHeader("colour", [3])], timestampMilliseconds: 5),
            RecordCopy(key: [1], value: [1], headers: [], timestampMilliseconds: 5),
        ]
        #expect(match(tail, in: strangers).next == nil)
        #expect(match(tail, in: strangers + tail).next == 106)
    }

    @Test func `some that the source has lost leave the others`() {
        let match = match([record(1), record(200), record(3)], in: (0..<9).map { record($0) })
        #expect(match.next == 104 && !match.isComplete && match.foundCount == 2 && match.soughtCount == 3)
    }

    @Test func `the search begins at the oldest of them`() {
        #expect(TailMatch([record(1, at: 30), record(2, at: 10)]).earliestMilliseconds == 10)
        #expect(TailMatch([]).earliestMilliseconds == nil)
    }
}
