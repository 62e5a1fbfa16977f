/// The options of the commands that judge a mirror anywhere: a load here, a judge there.
extension Option {
    package static let bootstrap = Option(
        "bootstrap", .text(placeholder: "ADDRESSES"), help: "the cluster's bootstrap servers", isRequired: true)
    package static let properties = Option(
        "properties", .file,
        help: "client properties of librdkafka, such as security settings: NAME=VALUE in each line")
    package static let loadTopics = Option(
        "topics", .text(placeholder: "NAMES"), help: "the source's topics, with commas", isRequired: true)
    package static let loadRate = Option(
        "rate", .number(0...10_000_000),
        help: "records a second for each topic (--throughput in kafka-mirror-tester); 0: as fast as it goes",
        fallback: "1000")
    package static let burst = Option(
        "burst", .text(placeholder: "FACTOR:MS:MS"),
        help: "5:2000:60000: for two seconds of every minute five times the rate")
    package static let size = Option(
        "size", .text(placeholder: "BYTES"),
        help: "of the values (--message-size): 1000, evenly 100-2000, or exp:1000:50000 for an exponential "
            + "distribution by mean and cap", fallback: "1000")
    package static let producerID = Option(
        "id", .text(placeholder: "NAME"), help: "who sends it; in the old formats it stands in every record",
        fallback: "martlet")
    package static let format = Option(
        "format", .choice(["martlet", "body", "headers"]),
        help: "how a record says which one it is; body and headers are kafka-mirror-tester's (--use-message-headers)",
        fallback: "martlet")
    package static let partitions = Option(
        "partitions", .number(1...100_000), help: "of topics that are not there yet (--num-partitions)", fallback: "1")
    package static let replicas = Option(
        "replicas", .number(1...1_000), help: "of topics that are not there yet (--num-replicas); else the broker's")
    package static let retention = Option(
        "retention", .number(1...Int.max),
        help: "of topics that are not there yet, in milliseconds; else the broker's. Shorter than the test, it is loss")
    package static let recordsEach = Option(
        "records", .number(1...Int.max), help: "for each topic; by default until it is stopped")
    package static let forSeconds = Option(
        "seconds", .number(1...100_000_000), help: "how long; by default until it is stopped")
    package static let keys = Option(
        "keys", .number(1...10_000_000),
        help: "how many different keys there are, each in the partition where Kafka's default partitioner puts it",
        fallback: "1000")
    package static let nullKeys = Option(
        "null-keys", .number(0...100), help: "percentage of records without a key", fallback: "0")
    package static let tombstones = Option(
        "tombstones", .number(0...100), help: "percentage of records with a null value", fallback: "0")
    package static let emptyValues = Option(
        "empty-values", .number(0...100), help: "percentage of records with an empty value", fallback: "0")
    package static let withHeaders = Option(
        "with-headers", .number(0...100), help: "percentage of records with headers", fallback: "0")
    package static let timestamps = Option(
        "timestamps", .choice(["intended", "scattered"]),
        help: "when each record was meant to be sent, so that a consumer tells its latency; or made-up ones, to see "
            + "whether the mirror keeps them", fallback: "intended")
    package static let transaction = Option(
        "transaction", .number(1...1_000_000), help: "send in transactions of so many records")
    package static let aborted = Option(
        "aborted", .number(0...100), help: "percentage of transactions that are aborted, with --transaction",
        fallback: "0")
    package static let loadSeed = Option(
        "seed", .number(0...Int.max), help: "decides every record; by default a new one. Never twice on one topic")
    package static let metrics = Option(
        "metrics", .text(placeholder: "ADDRESS:PORT"),
        help: "serve Prometheus metrics at /metrics there, such as 0.0.0.0:8001; a port alone is for this machine only")
    package static let compression = Option(
        "compression", .choice(["none", "gzip", "snappy", "lz4", "zstd"]), help: "of the record batches",
        fallback: "none")
    package static let ledger = Option(
        "ledger", .file, help: "file for what the source has acknowledged, for verify judge; replaced every 2 seconds")
    package static let ledgers = Option(
        "ledger", .text(placeholder: "FILES"), help: "what the producers wrote; several with commas", isRequired: true)
    package static let prefix = Option(
        "prefix", .text(placeholder: "TEXT"), help: "what the mirror puts before the topics' names")
    package static let isolation = Option(
        "isolation", .choice(["read_committed", "read_uncommitted"]), help: "how the destination is read",
        fallback: "read_committed")
    package static let share = Option(
        "share", .text(placeholder: "I/N"),
        help: "read only partitions of this share, such as 2/3, because other consumers read the others",
        fallback: "1/1")
    package static let from = Option(
        "from", .choice(["earliest", "latest"]), help: "where reading begins", fallback: "earliest")
    package static let note = Option(
        "note", .file, help: "write the ends that the topics have now, for verify judge --start, and end")
    package static let start = Option(
        "start", .file, help: "judge from the offsets that verify consume --note has written; else from the beginning")
    package static let patience = Option(
        "seconds", .number(1...1_000_000), help: "how long to wait for records that are missing", fallback: "60")
}

extension CommandTable {
    static let loadCommands: [CommandEntry] = [
        CommandEntry(
            "verify produce", summary: "sends a load of which every record can be made again, and keeps its ledger",
            details: [
                "Each record is decided by the seed, its topic, partition and sequence, so that whoever has the ledger "
                    + "can tell every record that is missing, doubled, altered, out of order or in the wrong place.",
                "The ledger holds what the source has acknowledged (acks=all, idempotent). If this process dies, the "
                    + "ledger of two seconds before is whole: what came later is then neither demanded nor forbidden.",
                "Topics are created where they are missing, and never altered. SIGTERM or SIGINT: what is under way is "
                    + "waited for, the ledger is finished, exit code 0.",
            ],
            options: [
                .bootstrap, .loadTopics, .loadRate, .burst, .size, .producerID, .format, .partitions, .replicas,
                .retention, .recordsEach, .forSeconds, .keys, .nullKeys, .tombstones, .emptyValues, .withHeaders,
                .timestamps, .transaction, .aborted, .loadSeed, .compression, .ledger, .metrics, .properties,
                .json,
            ]),
        CommandEntry(
            "verify consume", summary: "reads a load along and shows latency, gaps, duplicates; needs no ledger",
            details: [
                "Reads what verify produce or kafka-mirror-tester sends, in any of the formats, and counts for each "
                    + "producer and key what was jumped over, came twice, or came late.",
                "A lost tail shows only against the ledger: see verify judge. Nothing is forgotten at a restart, because "
                    + "there is no group: it reads from the beginning again, unless --from latest.",
                "Exit code 0 if nothing is missing, doubled, or out of order when it ends.",
            ],
            options: [
                .bootstrap, .loadTopics, .prefix, .share, .from, .isolation, .forSeconds, .note, .metrics, .properties,
                .json,
            ]),
        CommandEntry(
            "verify judge", summary: "holds the destination against ledgers: the exact verdict on any mirror",
            details: [
                "Reads every topic of the ledgers at the destination and compares record by record: missing, duplicated, "
                    + "reordered, altered, misplaced, unexpected, and aborted ones that are there. Each is located.",
                "Waits for what is missing, as long as --seconds says. Exit code 0 only if the promise of --expect holds.",
            ],
            options: [
                .bootstrap, .ledgers, .prefix, .expect, .isolation, .start, .patience, .properties, .json,
            ]),
    ]
}
