/// `martlet verify attach`: what it takes.
extension Option {
    package static let source = Option(
        "source", .text(placeholder: "ADDRESSES"), help: "bootstrap servers of the cluster that the mirror reads",
        isRequired: true)
    package static let destination = Option(
        "destination", .text(placeholder: "ADDRESSES"), help: "bootstrap servers of the cluster that it writes",
        isRequired: true)
    package static let sourceProperties = Option(
        "source-properties", .file,
        help: "client properties of librdkafka for the source, such as security settings: NAME=VALUE in each line")
    package static let destinationProperties = Option(
        "destination-properties", .file, help: "the same for the destination")
    package static let topicPrefix = Option(
        "topic-prefix", .text(placeholder: "TEXT"),
        help: "what the name of the topic that is made begins with; the mirror must select such names",
        fallback: "martlet-verify-")
    package static let destinationPrefix = Option(
        "destination-prefix", .text(placeholder: "TEXT"),
        help: "what the mirror puts before a topic's name, such as us-east. for MirrorMaker 2 with source alias us-east"
    )
    package static let attachPartitions = Option(
        "partitions", .number(1...10_000), help: "of the topic that is made", fallback: "3")
    package static let attachReplicas = Option(
        "replicas", .number(1...1_000), help: "of the topic that is made; by default the broker's")
    package static let attachRetention = Option(
        "retention", .number(1...Int.max),
        help: "of the topic that is made, in milliseconds; by default as long as it can take and two hours")
    package static let attachRate = Option(
        "rate", .number(1...100_000), help: "records a second, over all partitions", fallback: "100")
    package static let attachSeconds = Option(
        "seconds", .number(1...86_400), help: "how long the load lasts once the mirror brings the topic",
        fallback: "60")
    package static let wait = Option(
        "wait", .number(1...86_400),
        help: "seconds for the mirror to find the topic; MirrorMaker 2 looks for topics every 600 by default",
        fallback: "180")
    package static let mirrorName = Option(
        "mirror", .text(placeholder: "NAME"), help: "what the report calls the mirror", fallback: "mirror")
    package static let keepTopics = Option("keep-topics", help: "leave the topics at the end, to look into them")
}

extension CommandTable {
    static let attachCommand = CommandEntry(
        "verify attach", summary: "judges a mirror that already runs between two clusters, by a topic of its own",
        details: [
            "Makes one topic in the source, with a name that no run had before, waits until the mirror brings it to the "
                + "destination, sends a load of 100 records of 1 kB a second, and judges every record that arrives. Then "
                + "the topic is deleted on both sides.",
            "Nothing else is touched: no other topic, no setting, no group. Topics that are there already are refused, and "
                + "none is deleted that this run has not made, or the mirror from it. SIGTERM or SIGINT: it judges what "
                + "has arrived, deletes, and ends; a second signal ends it at once and leaves the topics.",
            "Exit code 0: the promise of --expect holds. 1: it does not, or the mirror never brought the topic.",
        ],
        options: [
            .source, .destination, .sourceProperties, .destinationProperties, .topicPrefix, .destinationPrefix,
            .attachPartitions, .attachReplicas, .attachRetention, .attachRate, .size, .attachSeconds, .wait, .expect,
            .mirrorName, .report, .keepTopics, .json,
        ])
}
