/// The options of `martlet verify`.
extension Option {
    package static let scenario = Option(
        "scenario", .text(placeholder: "NAME"),
        help: "what to do to the mirror: a name or number of `martlet verify list`, several with commas, all, or ci "
            + "for a selection of six minutes", isRequired: true)
    package static let mirror = Option(
        "mirror", .text(placeholder: "MIRROR"),
        help: "martlet, mirrormaker1, mirrormaker2, or 'command: PROGRAM ARGUMENTS'", fallback: "martlet")
    package static let expect = Option(
        "expect", .choice(["exactly-once", "at-least-once"]),
        help: "the promise that is judged", fallback: "exactly-once")
    package static let minutes = Option(
        "minutes", .number(1...1_440),
        help: "how long the long haul (S1) lasts; every other scenario takes what it needs")
    package static let rate = Option(
        "rate", .number(10...1_000_000), help: "records a second", fallback: "2000")
    package static let report = Option(
        "report", .folder, help: "folder for the report: JSON, and report.html over all that is in the folder")
    package static let seed = Option(
        "seed", .number(0...Int.max), help: "decides every record; by default a new one, which is shown")
    package static let kafka = Option(
        "kafka", .folder, help: "an unpacked Apache Kafka release for the brokers; by default KAFKA_HOME")
    package static let mirrorKafka = Option(
        "mirror-kafka", .folder,
        help: "the release that MirrorMaker is taken from, when it is another; MirrorMaker 1 is in 3.x and before")
    package static let times = Option(
        "times", .choice(["judged", "shown"]),
        help: "whether times and rates decide; shown is for busy machines, where they tell nothing about a mirror",
        fallback: "judged")
    package static let keep = Option(
        "keep", .folder, help: "folder for what the mirror's processes wrote; by default it is not kept")
}

extension CommandTable {
    static let verifyGroup = CommandGroup(
        name: "verify", summary: "judges any Kafka mirror: what it loses, doubles, alters; when it stalls",
        details: [
            "A load whose every record can be made again from a seed, a ledger of what the source acknowledged, and a judge "
                + "that reads the destination: an exact verdict instead of counters.",
            "Nothing of it needs Martlet to be the mirror.",
        ])

    static let verifyCommands: [CommandEntry] =
        [
            CommandEntry(
                "verify run", summary: "puts a mirror through scenarios on clusters of its own; needs Java and Kafka",
                details: [
                    "Starts a source and a destination of real brokers on this machine, the mirror between them, and a load; "
                        + "kills, freezes, cuts as the scenario says; judges every record; measures stalls, latency and "
                        + "what the mirror used.",
                    "A mirror of your own: 'command: PROGRAM ARGUMENTS', in which {source} and {destination} stand for the "
                        + "bootstrap addresses, {topics} for a regular expression of the topics, {folder} for a folder of "
                        + "its own and {number} for the process (1, 2, ...). It must end on SIGTERM and keep topic names.",
                    "Exit code 0 only if every scenario that was run has met all of its demands. What this machine cannot do "
                        + "is reported as not run, never as passed.",
                ],
                options: [
                    .scenario, .mirror, .expect, .times, .minutes, .rate, .report, .seed, .kafka, .mirrorKafka, .keep,
                    .json,
                ]),
            CommandEntry(
                "verify list", summary: "explains the scenarios", details: [], options: [.json]),
        ] + [attachCommand] + loadCommands
}
