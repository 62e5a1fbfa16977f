import Model

/// What was asked for, after every check.
package struct Invocation: Sendable {
    package let command: CommandEntry
    package let operand: String?
    private let values: [String: String]

    init(command: CommandEntry, operand: String?, values: [String: String]) {
        self.command = command
        self.operand = operand
        self.values = values
    }

    package func isSet(_ option: Option) -> Bool { values[option.name] != nil }

    /// The value that was given, or the option's fallback.
    package func text(_ option: Option) -> String? { values[option.name] ?? option.fallback }

    /// The value of an option that is required or has a fallback.
    package func required(_ option: Option) -> String {
        guard let value = text(option) else { preconditionFailure("--\(option.name) has neither value nor fallback") }
        return value
    }

    /// The value of a number option that has a fallback.
    package func number(_ option: Option) -> Int {
        guard let number = Int(required(option)) else { preconditionFailure("--\(option.name) is no number") }
        return number
    }
}

/// A command line that cannot be understood: exit code 2.
package struct UsageFault: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and what was probably meant.
    package let message: String
    /// The command whose help page applies; `nil`: the list of commands.
    package let command: String?

    package init(message: String, command: String?) {
        self.message = message
        self.command = command
    }

    package var description: String {
        let page = command.map { "martlet help \($0)" } ?? "martlet help"
        return "\(message)\ntry: \(page)"
    }
}

/// Turns the words after the program's name into an invocation of one command of the table.
package enum CommandParser {
    /// `--help` and `-h` anywhere before `--` mean `help` for the command; `--version` alone means `version`.
    package static func parse(_ words: [String]) throws(UsageFault) -> Invocation {
        guard let first = words.first else {
            throw UsageFault(message: "a command is missing", command: nil)
        }
        switch first {
        case "--help", "-h": return help(about: nil)
        case "--version": return try parse(["version"] + words.dropFirst())
        default: break
        }
        if let group = CommandTable.group(first) { return try parse(words.dropFirst(), in: group) }
        guard let command = CommandTable.entry(first) else {
            let names = CommandTable.commands.filter { $0.group == nil }.map(\.name) + CommandTable.groups.map(\.name)
            throw UsageFault(message: unknown(first, "a command", among: names), command: nil)
        }
        return try parse(words.dropFirst(), of: command)
    }

    /// The words after a group's name.
    private static func parse(_ words: ArraySlice<String>, in group: CommandGroup) throws(UsageFault) -> Invocation {
        let names = group.commands.compactMap { $0.name.split(separator: " ").last.map(String.init) }
        guard let second = words.first else {
            throw UsageFault(
                message: "\(group.name) what? expected \(names.joined(separator: " or "))", command: group.name)
        }
        if second == "--help" || second == "-h" { return help(about: group.name) }
        guard let command = CommandTable.entry("\(group.name) \(second)") else {
            throw UsageFault(message: unknown(second, "a command of \(group.name)", among: names), command: group.name)
        }
        return try parse(words.dropFirst(), of: command)
    }

    /// The words after a command's name.
    private static func parse(_ words: ArraySlice<String>, of command: CommandEntry) throws(UsageFault) -> Invocation {
        let rest = words.prefix { $0 != "--" }
        if rest.contains("--help") || rest.contains("-h") { return help(about: command.name) }
        var reader = WordReader(command: command, words: words)
        return try reader.read()
    }

    private static func unknown(_ word: String, _ what: String, among names: [String]) -> String {
        let hint = nearestName(to: word, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        return "\"\(word)\" is not \(what)\(hint)"
    }

    private static func help(about topic: String?) -> Invocation {
        guard let entry = CommandTable.entry("help") else { preconditionFailure("the table has no help") }
        return Invocation(command: entry, operand: topic == "help" ? nil : topic, values: [:])
    }
}

/// Reads the words after a command's name, from the front.
private struct WordReader {
    let command: CommandEntry
    var words: ArraySlice<String>
    private var values: [String: String] = [:]
    private var operand: String?

    init(command: CommandEntry, words: ArraySlice<String>) {
        self.command = command
        self.words = words
    }

    mutating func read() throws(UsageFault) -> Invocation {
        while let word = words.popFirst() {
            if word == "--" {
                while let rest = words.popFirst() { try take(operand: rest) }
            } else if word.hasPrefix("-"), word != "-" {
                try take(option: word)
            } else {
                try take(operand: word)
            }
        }
        for option in command.options where option.isRequired && values[option.name] == nil {
            throw fault("\(option.usage) is missing")
        }
        if let expected = command.operand, expected.isRequired, operand == nil {
            throw fault("\(expected.placeholder) is missing; expected \(expected.words.joined(separator: " or "))")
        }
        return Invocation(command: command, operand: operand, values: values)
    }

    private mutating func take(option word: String) throws(UsageFault) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = command.options.first(where: { "--" + $0.name == parts[0] }) else {
            let known = command.options.map { "--" + $0.name } + ["--help"]
            let hint = nearestName(to: parts[0], among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            throw fault("\"\(parts[0])\" is not an option of \(command.name)\(hint)")
        }
        guard values[option.name] == nil else { throw fault("--\(option.name) stands twice") }
        if case .none = option.value {
            guard parts.count == 1 else { throw fault("--\(option.name) takes no value") }
            values[option.name] = ""
            return
        }
        guard let value = parts.count == 2 ? parts[1] : words.popFirst() else {
            throw fault("--\(option.name) needs a value: \(option.usage)")
        }
        if let refusal = option.refusal(of: value) { throw fault("--\(option.name) \(refusal)") }
        values[option.name] = value
    }

    private mutating func take(operand word: String) throws(UsageFault) {
        guard let expected = command.operand else { throw fault("\"\(word)\" is one word too many") }
        if let first = operand {
            // A name of two words, as in `help verify run`.
            guard expected.words.contains("\(first) \(word)") else { throw fault("\"\(word)\" is one word too many") }
            operand = "\(first) \(word)"
            return
        }
        guard expected.words.contains(word) else {
            let hint = nearestName(to: word, among: expected.words).map { "; did you mean \"\($0)\"?" } ?? ""
            throw fault("\"\(word)\" is not known; expected \(expected.words.joined(separator: " or "))\(hint)")
        }
        operand = word
    }

    private func fault(_ message: String) -> UsageFault {
        UsageFault(message: message, command: command.name)
    }
}
