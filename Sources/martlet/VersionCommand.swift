import Console
import RdKafka

enum VersionCommand {
    private struct Versions: Encodable {
        let martlet: String
        let librdkafka: String
    }

    static func run(asJSON: Bool) -> ExitCode {
        let versions = Versions(martlet: Martlet.version, librdkafka: librdkafkaVersion)
        if asJSON {
            Output.write(json: versions)
        } else {
            Output.write("martlet \(versions.martlet), librdkafka \(versions.librdkafka)\n")
        }
        return .success
    }
}
