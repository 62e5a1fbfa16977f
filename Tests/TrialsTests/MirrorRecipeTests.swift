import Configuration
import Foundation
import Model
import Testing
import Verify

@testable import Rig
@testable import Trials

struct MirrorRecipeTests {
    private func job(_ claim: Claim = .exactlyOnce, skipsLosses: Bool = false) throws -> MirrorJob {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recipe-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return MirrorJob(
            source: "127.0.0.1:1", destination: "127.0.0.1:2", topics: "verify-.*", claim: claim, sessionSeconds: 10,
            replicas: 3, skipsLosses: skipsLosses, folder: folder)
    }

    @Test(arguments: Claim.allCases, [true, false])
    func `Martlet's configuration is one that Martlet takes, and promises what is judged`(
        claim: Claim, skipsLosses: Bool
    ) throws {
        let job = try job(claim, skipsLosses: skipsLosses)
        defer { try? FileManager.default.removeItem(at: job.folder) }
        try MartletRecipe(program: "martlet", version: "1").prepare(job)
        let text = try String(contentsOf: job.folder.appending(path: "mirror.yaml"), encoding: .utf8)
        let loaded = try MirrorConfiguration.load(
            text: text, name: "mirror.yaml", environment: [:], propertyRefusal: { _ in nil })
        let flow = try #require(loaded.flows.first)
        #expect(flow.delivery.rawValue == claim.rawValue)
        #expect(flow.sessionTimeoutMilliseconds == 10_000)
        #expect(flow.source.bootstrap == job.source && flow.destination.bootstrap == job.destination)
    }

    /// Both, for one is read and the other written.
    @Test func `MirrorMaker is told what stands in the files of credentials when a process starts`() throws {
        var job = try job()
        defer { try? FileManager.default.removeItem(at: job.folder) }
        let files = ["user", "password", "key", "certificate"].map { job.folder.appending(path: $0) }
        for file in files { try file.lastPathComponent.write(to: file, atomically: true, encoding: .utf8) }
        job.sourceProperties = [
            "security.protocol": "sasl_ssl", "ssl.ca.location": "/ca", "sasl.mechanism": "PLAIN",
            "sasl.username": "${file:\(files[0].path)}", "sasl.password": "${file:\(files[1].path)}",
        ]
        job.destinationProperties = [
            "security.protocol": "ssl", "ssl.key.location": files[2].path, "ssl.certificate.location": files[3].path,
        ]
        #expect(
            try job.sourceCredentials() == [
                "security.protocol": "SASL_SSL", "ssl.truststore.type": "PEM", "ssl.truststore.location": "/ca",
                "sasl.mechanism": "PLAIN",
                "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
                    + "username=\"user\" password=\"password\";",
            ])
        try "next".write(to: files[1], atomically: true, encoding: .utf8)
        #expect(try job.sourceCredentials()["sasl.jaas.config"]?.contains("\"next\"") == true)
        let store = try job.destinationCredentials()["ssl.keystore.location"]
        #expect(try String(contentsOfFile: #require(store), encoding: .utf8) == "keycertificate")
        job.destinationProperties = [:]
        #expect(try job.destinationCredentials().isEmpty)
    }

    @Test func `every placeholder of a command is filled, as often as it stands there`() throws {
        let job = try job()
        defer { try? FileManager.default.removeItem(at: job.folder) }
        let recipe = CommandRecipe(command: "m {source} {destination} '{topics}' {folder}/{number} {number}")
        let spawn = recipe.spawn(job, number: 3)
        #expect(spawn.arguments == ["-c", "m 127.0.0.1:1 127.0.0.1:2 'verify-.*' \(job.folder.path)/3 3"])
        #expect(spawn.ownGroup)
    }
}
