import Console
import Foundation
import Testing

@testable import Configuration

/// `deploy/verify`: that Kubernetes would start what martlet understands.
struct VerifyManifestTests {
    private static let folders = ["verify/source", "verify/destination"]

    private static func kustomization(_ folder: String) throws -> Node {
        try Manifest(Manifest.root.appending(path: "deploy/\(folder)/kustomization.yaml")).root
    }

    @Test(arguments: folders)
    func `every command line of a manifest is one that martlet takes`(folder: String) throws {
        let literals = Literals(try Self.kustomization(folder))
        var parsed = 0
        for manifest in try Manifest.folder(folder) {
            for container in manifest.root.containers where container["command"] == nil {
                let words = literals.words(of: container)
                #expect(!words.contains { $0.contains("$(") }, "\(manifest.name): \(words)")
                #expect(throws: Never.self) { try CommandParser.parse(words) }
                parsed += 1
            }
        }
        #expect(parsed > 0)
    }

    @Test(arguments: folders + ["verify/monitoring"])
    func `a kustomization names every file beside it, and no other`(folder: String) throws {
        let kustomization = try Self.kustomization(folder)
        let files = try Manifest.folder(folder).map(\.name).filter { $0 != "kustomization.yaml" }
        #expect(Set(kustomization["resources"]?.items.compactMap(\.text) ?? []) == Set(files))
        for secret in kustomization["secretGenerator"]?.items ?? [] {
            for file in secret["files"]?.items.compactMap(\.text) ?? [] {
                let path = Manifest.root.appending(path: "deploy/\(folder)/\(file)").path(percentEncoded: false)
                #expect(FileManager.default.fileExists(atPath: path), "\(path)")
            }
        }
    }

    @Test(arguments: folders)
    func `pods refer to what the kustomization generates`(folder: String) throws {
        let kustomization = try Self.kustomization(folder)
        func generated(_ kind: String) -> Set<String> {
            Set(kustomization[kind]?.items.compactMap { $0["name"]?.text } ?? [])
        }
        for manifest in try Manifest.folder(folder) {
            for container in manifest.root.containers {
                let references = container["envFrom"]?.items.compactMap { $0["configMapRef"]?["name"]?.text } ?? []
                #expect(Set(references).isSubset(of: generated("configMapGenerator")), "\(manifest.name)")
                let mounts = container["volumeMounts"]?.items.compactMap { $0["name"]?.text } ?? []
                let volumes = manifest.root.podTemplate?["spec"]?["volumes"]?.items ?? []
                #expect(Set(mounts).isSubset(of: Set(volumes.compactMap { $0["name"]?.text })), "\(manifest.name)")
                let secrets = volumes.compactMap { $0["secret"]?["secretName"]?.text }
                #expect(Set(secrets).isSubset(of: generated("secretGenerator")), "\(manifest.name)")
            }
        }
    }

    @Test(arguments: folders)
    func `metrics are served where Prometheus is told to look`(folder: String) throws {
        let literals = Literals(try Self.kustomization(folder))
        for manifest in try Manifest.folder(folder) {
            for container in manifest.root.containers where container["ports"] != nil {
                let words = literals.words(of: container)
                let address = try #require(words.first { $0.hasPrefix("--metrics=") })
                let port = try #require(container["ports"]?.items.first { $0["name"]?.text == "metrics" })
                let number = try #require(port["containerPort"]?.text)
                #expect(address.hasSuffix(":\(number)"), "\(manifest.name)")
                let annotations = manifest.root.podTemplate?["metadata"]?["annotations"]
                #expect(annotations?["prometheus.io/port"]?.text == number, "\(manifest.name)")
            }
        }
        let monitor = try Manifest(Manifest.root.appending(path: "deploy/verify/monitoring/podmonitor.yaml")).root
        let labels = monitor["spec"]?["selector"]?["matchLabels"]
        for manifest in try Manifest.folder(folder) where manifest.root.podTemplate != nil {
            let own = manifest.root.podTemplate?["metadata"]?["labels"]
            for key in labels?.keys ?? [] { #expect(own?[key]?.text == labels?[key]?.text, "\(manifest.name)") }
        }
        #expect(monitor["spec"]?["podMetricsEndpoints"]?.items.first?["port"]?.text == "metrics")
    }
}
