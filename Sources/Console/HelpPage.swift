/// Help, made from the table.
package enum HelpPage {
    private static let width = 96

    /// The list of commands.
    package static func overview() -> String {
        var lines = ["\(CommandTable.program) \(CommandTable.purpose)", ""]
        lines.append("usage: \(CommandTable.program) COMMAND [OPTIONS]")
        lines.append("")
        let alone = CommandTable.commands.filter { $0.group == nil }.map { ($0.name, $0.summary) }
        let groups = CommandTable.groups.map { ($0.name, $0.summary) }
        lines += columns(alone.dropLast() + groups + alone.suffix(1))
        lines.append("")
        lines.append("exit codes: 0 done; 1 failed; 2 the command line or the configuration has mistakes")
        lines.append("\(CommandTable.program) help COMMAND explains one command")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The commands of a group.
    package static func page(of group: CommandGroup) -> String {
        var lines = ["\(CommandTable.program) \(group.name): \(group.summary)", ""]
        lines.append("usage: \(CommandTable.program) \(group.name) COMMAND [OPTIONS]")
        for paragraph in group.details {
            lines.append("")
            lines += wrap(paragraph, to: width)
        }
        lines.append("")
        lines += columns(group.commands.map { ($0.name, $0.summary) })
        lines.append("")
        lines.append("\(CommandTable.program) help \(group.name) COMMAND explains one of them")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What `help` says of a command or a group of commands; without a name, or with an unknown one, of all.
    package static func page(about name: String?) -> String {
        guard let name else { return overview() }
        if let group = CommandTable.group(name) { return page(of: group) }
        return CommandTable.entry(name).map { page(of: $0) } ?? overview()
    }

    /// One command with its options.
    package static func page(of command: CommandEntry) -> String {
        var usage = "usage: \(CommandTable.program) \(command.name)"
        for option in command.options where option.isRequired { usage += " \(option.usage)" }
        if command.options.contains(where: { !$0.isRequired }) { usage += " [OPTIONS]" }
        if let operand = command.operand {
            usage += operand.isRequired ? " \(operand.placeholder)" : " [\(operand.placeholder)]"
        }
        var lines = ["\(CommandTable.program) \(command.name): \(command.summary)", "", usage]
        for paragraph in command.details {
            lines.append("")
            lines += wrap(paragraph, to: width)
        }
        if !command.options.isEmpty { lines.append("") }
        lines += columns(command.options.map { ($0.usage, explanation(of: $0)) })
        if let operand = command.operand {
            lines.append("")
            lines += columns([(operand.placeholder, operand.words.joined(separator: ", "))])
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A heading and wrapped paragraphs below it, indented.
    package static func entry(_ heading: String, _ paragraphs: [String]) -> String {
        let lines = paragraphs.flatMap { wrap($0, to: width - 4).map { "    " + $0 } }
        return ([heading] + lines + [""]).joined(separator: "\n") + "\n"
    }

    private static func explanation(of option: Option) -> String {
        if option.isRequired { return "\(option.help) (required)" }
        guard let fallback = option.fallback else { return option.help }
        return "\(option.help) (default: \(fallback))"
    }

    /// Names on the left, wrapped explanations on the right; a name too long for its column has a line of its own.
    private static func columns(_ rows: [(name: String, text: String)]) -> [String] {
        let column = min(rows.map(\.name.count).max() ?? 0, 24)
        let indent = String(repeating: " ", count: column + 4)
        return rows.flatMap { row in
            var lines = wrap(row.text, to: width - indent.count).map { indent + $0 }
            if row.name.count > column {
                lines.insert("  " + row.name, at: 0)
            } else if let first = lines.first {
                let gap = String(repeating: " ", count: column - row.name.count + 2)
                lines[0] = "  " + row.name + gap + first.dropFirst(indent.count)
            }
            return lines
        }
    }

    /// Breaks a text between words. A word longer than the width stands alone.
    private static func wrap(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
