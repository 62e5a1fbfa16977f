import Model

/// A copy of one record, for the few that are looked at. Null and empty are told apart.
package struct RecordCopy: Hashable, Sendable {
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [RecordHeader]
    package let timestampMilliseconds: Int64

    package init(key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader], timestampMilliseconds: Int64) {
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }

    /// Key, value and headers.
    package var bytes: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) { $0 + $1.name.count + ($1.value?.count ?? 0) }
    }

    /// FNV-1a, 64 bits, over the key's bytes and then the value's: enough to tell two records apart, and written down
    /// in a few lines of any language.
    package var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for field in [key, value] {
            guard let field else { continue }
            // By index: see `Lane.noteReports`.
            for place in 0..<field.count { hash = (hash ^ UInt64(field[place])) &* 0x100_0000_01b3 }
        }
        return hash
    }
}
