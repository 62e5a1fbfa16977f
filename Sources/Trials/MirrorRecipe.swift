import Foundation
import Rig
import Verify

/// What a mirror is to do in a trial.
package struct MirrorJob: Sendable {
    /// Bootstrap addresses, by way of the fault proxies where there are any.
    package var source: String
    package var destination: String
    /// A regular expression of all topics that are to be mirrored.
    package let topics: String
    package let claim: Claim
    /// How long a silent process keeps its partitions, for mirrors that can be told.
    package let sessionSeconds: Int
    /// For whatever the mirror makes by itself in the destination.
    package let replicas: Int
    /// Whether what the source has lost is passed over, for mirrors that can be told.
    package let skipsLosses: Bool
    /// The mirror's own: its configuration, and what its processes write.
    package let folder: URL
    /// Further settings of the connections, by librdkafka's names. `${file:/path}` is what the file holds at any time.
    package var sourceProperties: [String: String] = [:]
    package var destinationProperties: [String: String] = [:]
}

/// How one kind of mirror is set up and started: the best reasonable settings, equal where they must be.
package protocol MirrorRecipe: Sendable {
    /// As it was asked for.
    var name: String { get }
    /// Shown in the report; `nil` when nobody knows.
    var version: String? { get }
    /// Whether the mirror knows records only: it makes and grows no topics, which an operator does in its place, here
    /// the trial; and it chooses partitions by the records' keys.
    var copiesRecordsOnly: Bool { get }
    var credentials: CredentialsReading { get }
    /// Writes what the processes read.
    func prepare(_ job: MirrorJob) throws
    /// - Parameter number: 1, 2, ...; a process that comes back has its old number.
    func spawn(_ job: MirrorJob, number: Int) throws -> Spawn
}

extension MirrorRecipe {
    package var copiesRecordsOnly: Bool { false }
    package var credentials: CredentialsReading { .unknown }

    /// Why the scenario cannot be played to this mirror; `nil` when it can.
    func obstacle(to scenario: Scenario) -> String? {
        guard scenario.setting.isSecured, case .unknown = credentials else { return nil }
        return "it is not known here how \(name) is told its credentials"
    }

    /// The command with a log of its own, and a process group, so that whatever it starts ends with it.
    func spawn(_ command: [String], _ job: MirrorJob, number: Int) -> Spawn {
        var spawn = Spawn(
            program: command[0], arguments: Array(command.dropFirst()),
            log: job.folder.appending(path: "mirror-\(number).log"))
        spawn.ownGroup = true
        return spawn
    }
}

/// Martlet: this very program.
package struct MartletRecipe: MirrorRecipe {
    package let name = "martlet"
    package let credentials = CredentialsReading.whileRunning
    package let version: String?
    private let program: String

    package init(program: String, version: String) {
        self.program = program
        self.version = version
    }

    package func prepare(_ job: MirrorJob) throws {
        func cluster(_ bootstrap: String, _ properties: [String: String]) -> String {
            let kafka = properties.sorted { $0.key < $1.key }.map { "\($0.key): \"\($0.value)\"" }
            return "{ bootstrap: \"\(bootstrap)\", kafka: { \(kafka.joined(separator: ", ")) } }"
        }
        try """
        clusters:
          source: \(cluster(job.source, job.sourceProperties))
          destination: \(cluster(job.destination, job.destinationProperties))
        flows:
          - name: verify
            from: source
            to: destination
            topics: ['\(job.topics)']
            delivery: \(job.claim.rawValue)
            session-timeout: \(job.sessionSeconds)s
            on-poison: quarantine
            on-loss: \(job.skipsLosses ? "skip" : "stop")
        """.write(to: file(job), atomically: true, encoding: .utf8)
    }

    package func spawn(_ job: MirrorJob, number: Int) -> Spawn {
        spawn(
            [program, "run", "--config", file(job).path, "--instance", "m\(number)", "--log-level", "info"], job,
            number: number)
    }

    private func file(_ job: MirrorJob) -> URL { job.folder.appending(path: "mirror.yaml") }
}

/// Any program.
package struct CommandRecipe: MirrorRecipe {
    package let name: String
    package let version: String? = nil
    private let command: String

    package init(command: String) {
        name = "command"
        self.command = command
    }

    package func prepare(_ job: MirrorJob) throws {}

    package func spawn(_ job: MirrorJob, number: Int) -> Spawn {
        let values = [
            "{source}": job.source, "{destination}": job.destination, "{topics}": job.topics,
            "{folder}": job.folder.path, "{number}": "\(number)",
        ]
        let text = values.reduce(command) { $0.replacing($1.key, with: $1.value) }
        return spawn(["/bin/sh", "-c", text], job, number: number)
    }
}
