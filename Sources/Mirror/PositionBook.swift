import Engine
import Foundation
import KafkaPorts
import Log
import Model
import Positions
import RdKafka

/// Everything that a flow remembers, read from its two topics in the destination.
package struct PositionBook: Sendable {
    package let flow: String
    package var catalogue = Catalogue()
    /// The control topic's records, the last of each key, in the order of their first appearance. Without requests to
    /// set positions: those are of the moment, and nothing to come back from an export.
    package var controlRecords: [ControlRecord] = []
    package var slots: [Slot: SlotContents] = [:]

    package struct ControlRecord: Hashable, Sendable, Codable {
        package let key: String
        package let value: String
    }

    /// Positions by source partition.
    package var positions: [TopicPartition: Position] {
        slots.values.reduce(into: [:]) { $0.merge($1.positions) { first, _ in first } }
    }

    /// Registered partitions whose position is gone, or cannot be read.
    package var missing: [TopicPartition] {
        let known = positions
        return catalogue.partitions.filter { known[$0] == nil }
    }

    /// The transactional id that holds the slot of a partition; `nil`: nobody.
    package func owner(of source: TopicPartition) -> String? {
        guard let slot = catalogue.slot(of: source), case .claimed(let id) = slots[slot]?.owner else { return nil }
        return id
    }

    private mutating func note(_ record: LogRecord) {
        guard let value = record.value, !SeekRecord.isKey(record.key ?? []) else { return }
        let record = ControlRecord(
            key: String(decoding: record.key ?? [], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        if let place = controlRecords.firstIndex(where: { $0.key == record.key }) {
            controlRecords[place] = record
        } else {
            controlRecords.append(record)
        }
    }
}

extension PositionBook {
    private static let timeoutMilliseconds: Int32 = 10_000

    /// Reads both topics, committed records only. It joins nothing, fences nobody and makes no topic.
    ///
    /// - Throws: when the flow has no topics in the destination, or they cannot be read to their ends.
    package static func read(_ flow: FlowDefinition, logger: Logger) throws(FlowFault) -> PositionBook {
        let clients = FlowClients(flow: flow, instance: "positions", logger: logger)
        var book = PositionBook(flow: flow.name)
        do {
            let destination = try AdminClient(
                clients.admin(of: flow.destination, isolation: .readUncommitted), log: clients.logger("admin"))
            guard try destination.topic(flow.controlTopic, timeoutMilliseconds: timeoutMilliseconds) != nil else {
                throw FlowFault.noControlTopic(flow)
            }
            try book.readControl(clients, destination)
            guard
                let positions = try destination.topic(flow.positionsTopic, timeoutMilliseconds: timeoutMilliseconds)
            else { throw FlowFault.noPositionsTopic(flow) }
            let slots = positions.partitions.map { Slot($0.number) }
            let reading = SlotReading(clients: clients, trueEnds: destination, ownIDs: [], isCancelled: { false })
            do throws(SlotReadingFault) {
                for contents in try reading.read(slots, .secondLook) { book.slots[contents.slot] = contents }
            } catch {
                throw FlowFault("the positions of \(flow.name) cannot be read: \(error)", remedy: "try again")
            }
        } catch let fault as FlowFault {
            throw fault
        } catch {
            throw FlowFault("the destination does not answer: \(error)", remedy: "run `martlet check`")
        }
        return book
    }

    /// The topics that a flow has mirrored so far; none where that cannot be read.
    package static func registeredTopics(of flow: FlowDefinition) -> Set<String> {
        let clients = FlowClients(flow: flow, instance: "positions", logger: .silent)
        var book = PositionBook(flow: flow.name)
        guard
            let destination = try? AdminClient(
                clients.admin(of: flow.destination, isolation: .readUncommitted), log: { _ in }),
            (try? book.readControl(clients, destination)) != nil
        else { return [] }
        return Set(book.catalogue.topics.keys)
    }

    mutating func readControl(_ clients: FlowClients, _ destination: AdminClient) throws {
        let topic = TopicPartition(clients.flow.controlTopic, 0)
        let bounds = try destination.watermarks(of: topic, timeoutMilliseconds: Self.timeoutMilliseconds)
        var control = try ControlReader(clients, from: bounds.low)
        guard control.read(to: bounds.high, noting: { note($0) }) else {
            throw FlowFault("the control topic \(topic) cannot be read to its end", remedy: "try again")
        }
        catalogue = control.catalogue
    }
}

extension FlowFault {
    static func noControlTopic(_ flow: FlowDefinition) -> FlowFault {
        FlowFault(
            "the destination has no topic \(flow.controlTopic): the flow \(flow.name) has never run, or its topic is lost",
            remedy: "run it, or restore it with `martlet positions import`")
    }

    static func noPositionsTopic(_ flow: FlowDefinition) -> FlowFault {
        FlowFault(
            "the destination has no topic \(flow.positionsTopic): the positions of \(flow.name) are lost",
            remedy: "restore them with `martlet positions import`")
    }
}
