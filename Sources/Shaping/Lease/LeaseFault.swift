import Foundation

/// Why a record of the control topic is none of the messages that share out a rate.
package struct LeaseFault: Error, Hashable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}

/// A message's bytes: one JSON object with a version.
enum LeaseWire {
    static let version = 1
    /// A lease of a thousand processes with long names fits; nothing larger is even parsed.
    static let bytesMax = 262_144
    /// What every reader of JSON keeps exactly.
    static let numberMax: Int64 = 1 << 53

    private struct Versioned<Message: Codable>: Codable {
        let version: Int
        let message: Message

        private enum CodingKeys: String, CodingKey { case version = "v" }

        init(_ message: Message) {
            version = LeaseWire.version
            self.message = message
        }

        init(from decoder: any Decoder) throws {
            version = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .version)
            guard version == LeaseWire.version else {
                throw LeaseFault("version \(version) of the message is not known here, only \(LeaseWire.version)")
            }
            message = try Message(from: decoder)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(version, forKey: .version)
            try message.encode(to: encoder)
        }
    }

    static func encode(_ message: some Codable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Versioned(message)) else {
            preconditionFailure("finite numbers and strings always encode")
        }
        return Array(data)
    }

    static func decode<Message: Codable>(_ type: Message.Type, from bytes: [UInt8]) throws(LeaseFault) -> Message {
        guard bytes.count <= bytesMax else {
            throw LeaseFault("\(bytes.count) bytes; a message has \(bytesMax) at most")
        }
        do {
            return try JSONDecoder().decode(Versioned<Message>.self, from: Data(bytes)).message
        } catch let fault as LeaseFault {
            throw fault
        } catch {
            throw LeaseFault("no \(Message.self): expected a JSON object with its fields")
        }
    }

    /// Instances and stewards by name: what can be the end of a key.
    static func isName(_ text: String) -> Bool { (1...300).contains(text.utf8.count) }
}
