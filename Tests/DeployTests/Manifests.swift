import Foundation
import Testing

@testable import Configuration

/// The manifests of this checkout, read with the project's own YAML.
struct Manifest {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let name: String
    let root: Node

    init(_ file: URL) throws {
        try self.init([UInt8](Data(contentsOf: file)), name: file.lastPathComponent)
    }

    init(_ bytes: [UInt8], name: String) throws {
        let ledger = ProblemLedger()
        var composer = Composer(bytes, ledger: ledger)
        root = try composer.root()
        self.name = name
        try #require(ledger.isEmpty, "\(name)")
    }

    /// Every YAML file of a folder below `deploy`, by name.
    static func folder(_ path: String) throws -> [Manifest] {
        let folder = root.appending(path: "deploy/\(path)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }.map { try Manifest($0) }
    }
}

extension Node {
    /// What stands below a key; `nil` where there is no such key.
    subscript(_ key: String) -> Node? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    var items: [Node] {
        if case .list(let items) = content { items } else { [] }
    }

    var keys: [String] {
        if case .map(let entries) = content { entries.map(\.key) } else { [] }
    }

    var text: String? {
        if case .text(let text) = content { text } else { nil }
    }

    /// Of a Job or a Deployment.
    var podTemplate: Node? { self["spec"]?["template"] }
    var containers: [Node] { podTemplate?["spec"]?["containers"]?.items ?? [] }
}

/// A kustomization's ConfigMap of literals.
struct Literals {
    let values: [String: String]

    init(_ kustomization: Node) {
        let lines = kustomization["configMapGenerator"]?.items.flatMap { $0["literals"]?.items ?? [] } ?? []
        values = Dictionary(
            lines.compactMap(\.text).map { line in
                let cut = line.firstIndex(of: "=") ?? line.endIndex
                return (String(line[..<cut]), String(line[cut...].dropFirst()))
            }, uniquingKeysWith: { $1 })
    }

    /// The words of a container, as Kubernetes expands them.
    func words(of container: Node) -> [String] {
        (container["args"]?.items.compactMap(\.text) ?? []).map { word in
            var known = values
            known["JOB_COMPLETION_INDEX"] = "0"
            return known.reduce(word) { $0.replacing("$(\($1.key))", with: $1.value) }
        }
    }
}
