import Foundation

/// A record of the positions or control topic that cannot be used. Says what was expected; never shows the record.
package enum RecordFault: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(reason: String)
    /// Written by a newer Martlet.
    case unknownVersion(Int)

    package var description: String {
        switch self {
        case .unreadable(let reason): "unreadable record: \(reason)"
        case .unknownVersion(let version): "record of version \(version), which is newer than this program knows"
        }
    }
}

/// Decodes a versioned JSON record: the version is judged first, so that a newer shape is called newer and not broken.
func decodeRecord<Wire: Decodable>(
    _ type: Wire.Type, from value: [UInt8], version: Int
) throws(RecordFault) -> Wire {
    let data = Data(value)
    guard let versioned = try? JSONDecoder().decode(Versioned.self, from: data) else {
        throw .unreadable(reason: "expected a JSON object with a version \"v\"")
    }
    guard versioned.v >= 1 else { throw .unreadable(reason: "version \(versioned.v), and the first one is 1") }
    guard versioned.v <= version else { throw .unknownVersion(versioned.v) }
    do {
        return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
        throw .unreadable(reason: missingKey(of: error))
    } catch {
        throw .unreadable(reason: "not the expected JSON object")
    }
}

private struct Versioned: Decodable {
    let v: Int
}

private func missingKey(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "key \"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        "key \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has another type than expected"
    case .dataCorrupted: "not JSON"
    @unknown default: "not the expected JSON object"
    }
}
