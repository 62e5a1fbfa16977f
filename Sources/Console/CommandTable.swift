/// One command: what it is called, what it takes, what help says of it.
package struct CommandEntry: Sendable {
    /// One word, or two: a group's name and what to do, as in `verify run`.
    package let name: String
    /// One line, shown in the list of commands.
    package let summary: String
    /// Paragraphs of the command's own help page.
    package let details: [String]
    package let options: [Option]
    /// The words that its one operand may be, and how help calls it; `nil` when it takes none.
    package let operand: Operand?

    package struct Operand: Sendable {
        package let placeholder: String
        package let words: [String]
        package let isRequired: Bool
    }

    init(_ name: String, summary: String, details: [String], options: [Option] = [], operand: Operand? = nil) {
        self.name = name
        self.summary = summary
        self.details = details
        self.options = options
        self.operand = operand
    }
}

/// Commands that belong together: `martlet verify ...`.
package struct CommandGroup: Sendable {
    package let name: String
    package let summary: String
    package let details: [String]

    package var commands: [CommandEntry] { CommandTable.commands.filter { $0.group == name } }
}

extension CommandEntry {
    /// The group that the command stands in; `nil` for most.
    var group: String? {
        let words = name.split(separator: " ")
        return words.count == 2 ? String(words[0]) : nil
    }
}

/// The options by name, for the table and for the code that asks for their values.
extension Option {
    package static let config = Option(
        "config", .file, help: "configuration in YAML; see docs/CONFIGURATION.md", isRequired: true)
    package static let instance = Option(
        "instance", .text(placeholder: "NAME"),
        help: "this process's name within the flow; letters, digits and \"-\"; by default the host's name and a part "
            + "that no other process has")
    package static let flow = Option(
        "flow", .text(placeholder: "NAME"), help: "only this flow of the configuration; by default all of them")
    package static let once = Option(
        "once", help: "copy what is there now, show how far it is, and end")
    package static let logFormat = Option(
        "log-format", .choice(["text", "json"]), help: "how log lines are written, to standard error", fallback: "text")
    package static let logLevel = Option(
        "log-level", .choice(["debug", "info", "warning", "error"]), help: "the least level that is logged",
        fallback: "info")
    /// The demonstration is a picture: it says no more than it must.
    package static let demoLogLevel = Option(
        logLevel.name, logLevel.value, help: logLevel.help, fallback: "error")
    package static let json = Option("json", help: "answer in JSON on standard output")
    package static let topic = Option(
        "topic", .text(placeholder: "NAME"), help: "only this source topic; by default all of them")
    package static let partition = Option(
        "partition", .number(0...1_000_000), help: "only this partition of --topic; by default all of them")
    package static let to = Option(
        "to", .text(placeholder: "PLACE"),
        help: "for set: earliest, latest, a source offset such as 12000, or an instant such as 2026-03-01T08:00:00Z")
    package static let file = Option(
        "file", .file, help: "for import: what export has written; by default standard input")
    package static let dryRun = Option(
        "dry-run", help: "for set and import: show what would change, and change nothing")
    package static let recordsPerSecond = Option(
        "records-per-s", .number(1...100_000_000), help: "records a second, over all processes of the flow")
    package static let bytesPerSecond = Option(
        "bytes-per-s", .number(1_000...1_000_000_000_000), help: "bytes a second, over all processes of the flow")
    package static let speed = Option(
        "speed", .text(placeholder: "SPEED"),
        help: "of a flow that replays (pace: original): from 0.1 to 20, 2 is twice as fast")
    package static let stop = Option("stop", help: "the kill switch: no process of the flow sends anything any more")
    package static let resume = Option("resume", help: "lets a flow go on that --stop has stopped")
    package static let records = Option(
        "records", .number(100...1_000_000), help: "records to send through the mirror", fallback: "20000")
    package static let seconds = Option(
        "seconds", .number(1...3_600), help: "how long the load lasts", fallback: "10")
}

/// Everything the command line understands. Parsing, help and completions are made from this one table.
package enum CommandTable {
    package static let program = "martlet"
    static let purpose = "copies Kafka topics between clusters, exactly"

    package static let groups = [shapeGroup, verifyGroup]

    package static let commands: [CommandEntry] = mirrorCommands + shapeCommands + verifyCommands + [helpCommand]

    private static let mirrorCommands: [CommandEntry] = [
        CommandEntry(
            "demo", summary: "two clusters inside this process, a live mirror, a verdict; needs nothing else",
            details: [
                "Starts two in-process clusters, sends a steady load through a mirror between them, lets a second mirror "
                    + "process join and leave meanwhile, and judges every record that arrived: missing, duplicated, "
                    + "reordered, altered.",
                "Exit code 0 only if all four are 0.",
            ],
            options: [.records, .seconds, .json, .demoLogLevel]),
        CommandEntry(
            "run", summary: "runs the mirror until it is stopped",
            details: [
                "Runs every flow of the configuration. SIGTERM or SIGINT: what is under way is finished and recorded, "
                    + "within 15 seconds, then exit code 0. A second signal: exit code 1 at once.",
                "With --once it ends by itself, with exit code 0 when everything that was there at the start is copied.",
            ],
            options: [.config, .instance, .flow, .once, .logFormat, .logLevel]),
        CommandEntry(
            "check", summary: "says what a run would find, copy and create; changes nothing",
            details: [
                "Reads the configuration, connects to the clusters, and prints what is there, what would be created, and "
                    + "what is missing, each with what to do.",
                "Rights to read and to create topics are tried, without effect. Rights to write, and those on the group "
                    + "and the transactional ids, are not: nothing short of writing would show them.",
                "Exit code 0: a run can start. 1: something is missing. 2: the configuration has mistakes.",
            ],
            options: [.config, .flow, .json]),
        CommandEntry(
            "positions", summary: "shows and changes how far a flow is: show, export, derive, set, import",
            details: [
                "show: every source partition, its next offset, how far that is behind, and who has it. export: all that "
                    + "the flow remembers, as JSON on standard output; keep one from time to time. Both may be used "
                    + "while the flow runs.",
                "set: makes partitions go on elsewhere, see --to. While processes of the flow run they are asked to do it, "
                    + "and set only what is stopped and still stands where it was seen; it takes seconds, 30 at most. To "
                    + "have a stopped partition try again, set it to where it stands.",
                "import: writes the positions of an export, and the flow's topics where they are lost. Only while no "
                    + "process of the flow runs.",
                "derive: proposes positions where they are lost, in the form of an export: the last records of each "
                    + "destination partition are looked for in the source. It writes nothing: look at what it says, then "
                    + "import it.",
                "What lies behind a position that is set forward is not copied; what lies before one that is set back "
                    + "is copied again.",
            ],
            options: [.config, .flow, .topic, .partition, .to, .file, .dryRun, .json],
            operand: .init(
                placeholder: "ACTION", words: ["show", "export", "derive", "set", "import"], isRequired: true)),
        CommandEntry(
            "rate", summary: "shows and changes how fast a running flow goes; its kill switch",
            details: [
                "Without an option it says which rate is in force and how it is shared out, or where a replay is. A new rate is in force in every "
                    + "process within two seconds, without a restart, and stays in force, also for processes that start "
                    + "later, until it is set again.",
                "--stop stops everything at once: what was read waits, nothing is lost. Only for flows with `shape`.",
            ],
            options: [.config, .flow, .recordsPerSecond, .bytesPerSecond, .speed, .stop, .resume, .json]),
        CommandEntry(
            "version", summary: "prints the versions of martlet and of librdkafka", details: [], options: [.json]),
        CommandEntry(
            "completions", summary: "prints completions for a shell",
            details: ["For bash: source <(martlet completions bash)"],
            operand: .init(placeholder: "SHELL", words: Completions.Shell.allCases.map(\.rawValue), isRequired: true)),
    ]

    private static let helpCommand = CommandEntry(
        "help", summary: "explains a command", details: [],
        operand: .init(
            placeholder: "COMMAND",
            words: mirrorCommands.map(\.name) + groups.map(\.name) + (shapeCommands + verifyCommands).map(\.name),
            isRequired: false))

    package static func entry(_ name: String) -> CommandEntry? {
        commands.first { $0.name == name }
    }

    package static func group(_ name: String) -> CommandGroup? {
        groups.first { $0.name == name }
    }
}
