/// Asks one broker, over a plain connection, how many brokers it knows: our own few bytes of Kafka's protocol, so that
/// the harness does not depend on the client it is there to test.
enum MetadataProbe {
    /// The number of live brokers in the answer, or `nil` when there is none within two seconds.
    static func liveBrokers(port: Int) -> Int? {
        // Size, correlation id, length of the broker array.
        guard let answer = Loopback.ask(port: port, request, answerBytes: 12, limitSeconds: 2), answer.count == 12
        else { return nil }
        let brokers = answer[8...].reduce(0) { $0 << 8 | Int($1) }
        return brokers < 1_000 ? brokers : nil
    }

    /// Metadata version 1 for no topic: size, key 3, version 1, correlation id 1, client id "probe", an empty array.
    private static let request: [UInt8] =
        [0, 0, 0, 19, 0, 3, 0, 1, 0, 0, 0, 1, 0, 5] + Array("probe".utf8) + [0, 0, 0, 0]
}
