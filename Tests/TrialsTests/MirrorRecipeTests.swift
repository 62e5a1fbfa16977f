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

    @Test func `every placeholder of a command is filled, as often as it stands there`() throws {
        let job = try job()
        defer { try? FileManager.default.removeItem(at: job.folder) }
        let recipe = CommandRecipe(command: "m {source} {destination} '{topics}' {folder}/{number} {number}")
        let spawn = recipe.spawn(job, number: 3)
        #expect(spawn.arguments == ["-c", "m 127.0.0.1:1 127.0.0.1:2 'verify-.*' \(job.folder.path)/3 3"])
        #expect(spawn.ownGroup)
    }
}
