import Foundation
import Model
import Positions

/// A flow's memory as one JSON document: what `martlet positions export` writes and `import` reads. The records of
/// both topics stand in it as they are, so that an import brings back all that was known.
package struct PositionExport: Codable, Sendable {
    package private(set) var martletPositions = 1
    package let flow: String
    /// Id of the source cluster.
    package let cluster: String?
    package let control: [PositionBook.ControlRecord]
    package let positions: [Entry]

    package struct Entry: Codable, Sendable {
        package let topic: String
        package let partition: Int32
        /// The value of the partition's record, a JSON text.
        package let position: String
    }

    package init(_ book: PositionBook) {
        flow = book.flow
        cluster = book.catalogue.flow?.cluster
        control = book.controlRecords
        positions = book.positions.sorted { $0.key < $1.key }.map { source, position in
            Entry(
                topic: source.topic, partition: source.partition,
                position: String(decoding: position.encoded, as: UTF8.self))
        }
    }

    /// - Throws: says what of the document is wrong. Nothing of it was used then.
    package init(decoding data: Data) throws(FlowFault) {
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw FlowFault(
                "the file is no export of positions", remedy: "give what `martlet positions export` has written")
        }
        guard martletPositions == 1 else {
            throw FlowFault("the export is of version \(martletPositions)", remedy: "use the Martlet that wrote it")
        }
    }

    package func decodedPositions() throws(FlowFault) -> [TopicPartition: Position] {
        var decoded: [TopicPartition: Position] = [:]
        for entry in positions {
            let source = TopicPartition(entry.topic, entry.partition)
            do throws(RecordFault) {
                decoded[source] = try Position(decoding: Array(entry.position.utf8))
            } catch {
                throw FlowFault("the position of \(source) in the export: \(error)", remedy: "correct the file")
            }
        }
        return decoded
    }
}
