import Console
import Foundation
import Model
import Testing

@testable import Configuration

/// `deploy/examples`: that the containers would find what they are told to use.
struct ExampleTests {
    private static let folder = Manifest.root.appending(path: "deploy/examples/mock-service")

    private static func compose() throws -> Node {
        try Manifest(folder.appending(path: "docker-compose.yaml")).root
    }

    private static func martlet() throws -> Node { try #require(try compose()["services"]?["martlet"]) }

    /// The texts of a service's command, or of its health check.
    private static func words(_ node: Node?) -> [String] { node?.items.compactMap(\.text) ?? [] }

    @Test func `the configuration is right with what its container is given, and leads every endpoint to the mock`()
        throws
    {
        let environment = try #require(try Self.martlet()["environment"])
        let variables = Dictionary(environment.keys.map { ($0, environment[$0]?.text ?? "") }) { $1 }
        let mirror = try MirrorConfiguration.load(
            file: Self.folder.appending(path: "mirror.yaml").path, environment: variables, propertyRefusal: { _ in nil }
        )
        let shape = try #require(mirror.flows.first?.shape)
        let policy = try #require(shape.sanitize?.policies.first)
        #expect(policy.unlisted == .mask && policy.rules.count == 1)
        guard case .url(let map) = policy.rules[0].action else {
            Issue.record("no rule for URLs: \(policy.rules)")
            return
        }
        let services = try Self.compose()["services"]
        let aliases = Self.words(services?["mock"]?["networks"]?["staging"]?["aliases"])
        let hosts = map.replacements.values.map { String($0.prefix { $0 != ":" }) } + [map.neutralHost]
        #expect(Set(hosts) == Set(aliases))
        #expect(shape.guards.allowedClusterIDs == [services?["destination"]?["environment"]?["CLUSTER_ID"]?.text])
    }

    @Test func `martlet takes its command line`() throws {
        #expect(try CommandParser.parse(Self.words(try Self.martlet()["command"])).command.name == "run")
    }

    @Test func `every file that a container uses is there`() throws {
        let services = try #require(try Self.compose()["services"])
        var files: Set<String> = []
        for name in services.keys {
            for word in Self.words(services[name]?["command"]).flatMap({ $0.split(separator: " ") })
            where word.hasPrefix("/example/") {
                #expect(Self.words(services[name]?["volumes"]) == ["./:/example:ro"], "\(name)")
                files.insert(String(word.dropFirst("/example/".count)))
            }
        }
        #expect(files == ["mirror.yaml", "orders.jsonl", "mock.py", "consumer.py"])
        for file in files {
            #expect(FileManager.default.fileExists(atPath: Self.folder.appending(path: file).path), "\(file)")
        }
    }

    @Test func `only martlet is in both networks, and neither has a way out`() throws {
        let compose = try Self.compose()
        let networks = try #require(compose["networks"])
        for name in networks.keys { #expect(networks[name]?["internal"]?.text == "true") }
        let services = try #require(compose["services"])
        for name in services.keys where name != "martlet" {
            let own = services[name]?["networks"]
            #expect((own?.keys.count ?? 0) + Self.words(own).count == 1, "\(name)")
        }
        #expect(Set(Self.words(try Self.martlet()["networks"])) == Set(networks.keys))
    }
}
