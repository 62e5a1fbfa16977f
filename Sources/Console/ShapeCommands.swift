/// The options of `martlet shape`.
extension Option {
    package static let sampledTopic = Option(
        topic.name, topic.value, help: "the source topic that the records are of", isRequired: true)
    package static let sampleFile = Option(
        "file", .file, help: "records from here, one value a line; - is standard input; by default from the topic")
    package static let withKeys = Option("with-keys", help: "lines of --file are KEY, a tab, and VALUE")
    package static let sampleRecords = Option(
        "records", .number(1...100_000),
        help: "how many: the topic's last ones, or the first of --file; by default 10 of the topic, all of --file")
    package static let explainedRecords = Option(
        sampleRecords.name, sampleRecords.value, help: "how many: the topic's last ones, or the first of --file",
        fallback: "1")
    package static let proposedRecords = Option(
        sampleRecords.name, sampleRecords.value, help: explainedRecords.help, fallback: "1000")
    package static let html = Option(
        "html", .file, help: "write the report here, as one page that needs nothing else")
}

extension CommandTable {
    static let shapeGroup = CommandGroup(
        name: "shape", summary: "proves what a flow's `shape` does to records, before any is sent and afterwards",
        details: [
            "Tries samples of records, out of a file or the flow's source, on what the configuration says; and reports what "
                + "a run did. Nothing is written to a topic, and no group is joined.",
            "Of records as they are in the source nothing is shown but names of members and headers, and kinds.",
        ])

    static let shapeCommands: [CommandEntry] = [
        CommandEntry(
            "shape test", summary: "shows sample records before, masked, and after, and what becomes of each",
            details: [
                "Each record is taken, left out by the sample, left out, put aside, or stops its partition, and where it "
                    + "does not arrive it is said why. What arrives is shown as it arrives, but for the headers that mark a "
                    + "replay; a record of a topic without a policy passes as it is and is shown masked.",
                "Records of a file stand in partition 0, each at the offset of its line, without a time: samples by random "
                    + "and every_nth, noise and times differ from those in the topic. Empty lines are left out; with "
                    + "--with-keys, nothing in front of the tab is a null key, nothing behind it a null value.",
                "Exit code 0: every record is taken or left out. 1: one would go aside or stop its partition, or the "
                    + "source does not answer. 2: mistakes.",
            ],
            options: [.config, .flow, .sampledTopic, .sampleFile, .sampleRecords, .withKeys, .json]),
        CommandEntry(
            "shape explain", summary: "says which rule does what to a record, and why it is sampled or not",
            details: [
                "For each record: the decision of the sample and its reason, each rule with the number of places it was "
                    + "applied to, places that no rule names, and credentials that were taken away.",
                "Records and exit codes are those of `shape test`.",
            ],
            options: [.config, .flow, .sampledTopic, .sampleFile, .explainedRecords, .withKeys, .json]),
        CommandEntry(
            "shape propose", summary: "proposes a policy from sample records, as YAML on standard output",
            details: [
                "Every place in the values that was seen, with its kind and in how many records it occurs. Where every text "
                    + "of a place is an email address, a card number, an IBAN, an IP address, a phone number, a token or a "
                    + "URL, there is a rule; every other place is a comment, is not listed, and so is masked.",
                "To be pasted below `shape.sanitize.policies` and read: a guess is no judgement. No value of a record is "
                    + "in it. An object with names that look like data is a map: $.labels.*",
                "The flow needs no `shape` yet. Exit code 0: there is a proposal. 1: the source does not answer. 2: mistakes.",
            ],
            options: [.config, .flow, .sampledTopic, .sampleFile, .proposedRecords, .withKeys]),
        CommandEntry(
            "shape report", summary: "says what a run has done to records, and what proves it; as a page, too",
            details: [
                "Of the latest run of the flow, over all its processes: when it ran and by which rules, how many records were "
                    + "offered, sent, left out and put aside, how fast, what each rule has done, which rules never met their "
                    + "place, how often canaries flew, how many records were searched, and what was found.",
                "The processes write it into the flow's control topic every ten seconds and when they end. Nothing of a record "
                    + "is in it. While the flow runs, the report says how far it is.",
                "Exit code 0: nothing was found. 1: something that should not pass was found, or there is no report. 2: "
                    + "mistakes.",
            ],
            options: [.config, .flow, .html, .json]),
    ]
}
