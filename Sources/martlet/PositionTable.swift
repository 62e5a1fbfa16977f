import Foundation
import Mirror
import Model
import Positions

/// The answer of `martlet positions show`, for people and for programs.
struct PositionTable: Encodable {
    let flow: String
    let cluster: String?
    let partitions: [Row]

    struct Row: Encodable {
        let topic: String
        let partition: Int32
        /// The next source offset to read; `nil`: the position is lost.
        let offset: Int64?
        /// Where the source ends; `nil` when it did not say.
        let end: Int64?
        /// Whether the source has no such partition: its topic was deleted.
        let gone: Bool
        let lag: Int64?
        let to: String?
        /// The last destination offset that a record of it got; -1 before the first.
        let reached: Int64?
        /// The transactional id of the lane that has it; `nil`: nobody.
        let owner: String?
    }

    init(_ book: PositionBook, partitions: [TopicPartition], ends: [TopicPartition: Int64], gone: Set<TopicPartition>) {
        flow = book.flow
        cluster = book.catalogue.flow?.cluster
        let positions = book.positions
        self.partitions = partitions.map { source in
            let position = positions[source]
            let end = ends[source]
            return Row(
                topic: source.topic, partition: source.partition, offset: position?.offset, end: end,
                gone: gone.contains(source),
                lag: position.flatMap { position in end.map { max(0, $0 - position.offset) } }, to: position?.to,
                reached: position?.reached, owner: book.owner(of: source))
        }
    }

    var text: String {
        let lines: [[String]] = [Self.heads] + partitions.map(\.cells)
        let widths: [Int] = Self.heads.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { Self.line($0, widths) }.joined()
    }

    private static let heads = ["PARTITION", "OFFSET", "END", "LAG", "TO", "REACHED", "OWNER"]

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell.padding(toLength: width, withPad: " ", startingAt: 0)
        }
        return padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
    }
}

extension PositionTable.Row {
    fileprivate var cells: [String] {
        [
            "\(topic)[\(partition)]", offset.map { "\($0)" } ?? "LOST", end.map { "\($0)" } ?? (gone ? "GONE" : "?"),
            lag.map { "\($0)" } ?? (gone ? "-" : "?"), to ?? "-", reached.map { "\($0)" } ?? "-", owner ?? "-",
        ]
    }
}
