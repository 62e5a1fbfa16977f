import Model

/// One option of the command line: how it is written, what it takes, what help says of it.
package struct Option: Sendable {
    package enum Value: Sendable {
        /// Takes nothing; it is there or not.
        case none
        /// The path of a file.
        case file
        /// The path of a folder.
        case folder
        /// Any text. The placeholder stands for it in help, such as `NAME`.
        case text(placeholder: String)
        /// One of these words.
        case choice([String])
        /// A whole number within these bounds.
        case number(ClosedRange<Int>)
    }

    /// Without the two dashes.
    package let name: String
    package let value: Value
    package let help: String
    /// What holds when the option is not given; `nil` when nothing does. Shown in help and returned by `Invocation`.
    package let fallback: String?
    package let isRequired: Bool

    package init(
        _ name: String, _ value: Value = .none, help: String, fallback: String? = nil, isRequired: Bool = false
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.fallback = fallback
        self.isRequired = isRequired
    }

    /// As it stands in help: `--lanes NUMBER`.
    var usage: String {
        switch value {
        case .none: "--\(name)"
        case .file: "--\(name) FILE"
        case .folder: "--\(name) DIR"
        case .text(let placeholder): "--\(name) \(placeholder)"
        case .choice(let words): "--\(name) \(words.joined(separator: "|"))"
        case .number: "--\(name) NUMBER"
        }
    }

    /// Why a value will not do; `nil` when it will.
    func refusal(of text: String) -> String? {
        switch value {
        case .none:
            return "takes no value"
        case .file, .folder, .text:
            return text.isEmpty ? "needs a value that is not empty" : nil
        case .choice(let words):
            guard !words.contains(text) else { return nil }
            let hint = nearestName(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            return "is \"\(text)\"; expected \(words.joined(separator: " or "))\(hint)"
        case .number(let bounds):
            if let number = Int(text), bounds.contains(number) { return nil }
            return "is \"\(text)\"; expected a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        }
    }
}
