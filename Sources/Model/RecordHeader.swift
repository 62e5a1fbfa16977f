/// One header of a record. The name's bytes are kept as they are, though Kafka means UTF-8.
package struct RecordHeader: Hashable, Sendable {
    package let name: [UInt8]
    /// Null and empty are told apart.
    package let value: [UInt8]?

    package init(name: [UInt8], value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: [UInt8]?) {
        self.init(name: Array(name.utf8), value: value)
    }
}
