import Model

/// A record that shaping is tried on, away from any lane.
package struct SampleRecord: Hashable, Sendable {
    package var partition: Int32
    package var offset: Int64
    package var timestampMilliseconds: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [RecordHeader]

    package init(
        partition: Int32 = 0, offset: Int64 = 0, timestampMilliseconds: Int64 = 0, key: [UInt8]? = nil,
        value: [UInt8]?, headers: [RecordHeader] = []
    ) {
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }
}

extension SampleRecord {
    /// The records of a file: a value in each line, or `KEY<tab>VALUE`. Empty lines are none; nothing in front of a tab
    /// is a null key, nothing behind it a null value. They stand in partition 0, at the offset of their line from 0.
    ///
    /// - Throws: the number, from 1, of a line that has no tab and needs one.
    package static func lines(
        of file: [UInt8], withKeys: Bool, upTo limit: Int
    ) throws(LineWithoutTab) -> [SampleRecord] {
        var records: [SampleRecord] = []
        var number = 0
        var start = 0
        while start < file.count, records.count < limit {
            let end = file[start...].firstIndex(of: UInt8(ascii: "\n")) ?? file.count
            var line = file[start..<end]
            start = end + 1
            number += 1
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard !line.isEmpty else { continue }
            var record = SampleRecord(offset: Int64(number - 1), value: Array(line))
            if withKeys {
                guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { throw LineWithoutTab(number: number) }
                let (key, value) = (line[..<tab], line[(tab + 1)...])
                record.key = key.isEmpty ? nil : Array(key)
                record.value = value.isEmpty ? nil : Array(value)
            }
            records.append(record)
        }
        return records
    }

    package struct LineWithoutTab: Error, Hashable {
        package let number: Int
    }
}
