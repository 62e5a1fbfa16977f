/// How a line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-08-01T12:00:00.000Z INFO message name=value`: for people.
    case text
    /// One JSON object a line, fields beside `time`, `level` and `message`: for collectors.
    case json

    /// One whole line with its line feed. Whatever the message holds, there is only that one line feed.
    func line(
        millisecondsSince1970: Int64, level: LogLevel, message: String, fields: [LogField]
    ) -> String {
        let time = Timestamp.text(millisecondsSince1970: millisecondsSince1970)
        switch self {
        case .text: return textLine(time: time, level: level, message: message, fields: fields)
        case .json: return jsonLine(time: time, level: level, message: message, fields: fields)
        }
    }

    private func textLine(time: String, level: LogLevel, message: String, fields: [LogField]) -> String {
        var line = "\(time) \(level.name.uppercased()) "
        Escape.append(message, to: &line)
        for field in fields {
            line += " "
            Escape.append(field.name, to: &line)
            line += "="
            switch field.value {
            case .integer(let number): line += String(number)
            case .text(let text): appendValue(text, to: &line)
            }
        }
        line += "\n"
        return line
    }

    /// A value stands bare when it cannot be mistaken for anything else, and in quotes otherwise.
    private func appendValue(_ text: String, to line: inout String) {
        let isBare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if isBare {
            Escape.append(text, to: &line)
        } else {
            Escape.appendQuoted(text, to: &line)
        }
    }

    private func jsonLine(time: String, level: LogLevel, message: String, fields: [LogField]) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.name)\",\"message\":"
        Escape.appendQuoted(message, to: &line)
        for field in fields {
            line += ","
            // A key that stands twice is read differently by different parsers.
            let isTaken = ["time", "level", "message"].contains(field.name)
            Escape.appendQuoted(isTaken ? field.name + "_" : field.name, to: &line)
            line += ":"
            switch field.value {
            case .integer(let number): line += String(number)
            case .text(let text): Escape.appendQuoted(text, to: &line)
            }
        }
        line += "}\n"
        return line
    }
}

/// JSON's escapes, used in both formats: no text can end a line, move the cursor of a terminal or leave its quotes.
private enum Escape {
    static func appendQuoted(_ text: String, to line: inout String) {
        line += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            default: append(scalar, to: &line)
            }
        }
        line += "\""
    }

    static func append(_ text: String, to line: inout String) {
        for scalar in text.unicodeScalars { append(scalar, to: &line) }
    }

    private static func append(_ scalar: Unicode.Scalar, to line: inout String) {
        switch scalar {
        case "\n": line += "\\n"
        case "\r": line += "\\r"
        case "\t": line += "\\t"
        default:
            // C0 and C1 controls, and the separators that some readers take for the end of a line.
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value) {
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}
