import Configuration
import Foundation
import Model

/// Loads a text as `mirror.yaml`; the library takes every property unless told otherwise.
func load(
    _ text: String, environment: [String: String] = [:], refusal: @escaping (ClientProperty) -> String? = { _ in nil }
) throws(ConfigurationProblems) -> MirrorConfiguration {
    try MirrorConfiguration.load(
        text: text, name: "mirror.yaml", environment: environment, propertyRefusal: refusal)
}

/// The report on a text, line by line; empty when the text is right.
func mistakes(
    _ text: String, environment: [String: String] = [:], refusal: @escaping (ClientProperty) -> String? = { _ in nil }
) -> [String] {
    do {
        _ = try load(text, environment: environment, refusal: refusal)
        return []
    } catch {
        return error.description.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

/// Two good clusters and one flow; `settings` stand behind its required keys, one a line, from line 8 on.
func flow(_ settings: String...) -> String {
    """
    clusters:
      prod: { bootstrap: "prod:9092" }
      staging: { bootstrap: "staging:9092" }
    flows:
      - from: prod
        to: staging
        topics: [orders]

    """ + settings.map { "    \($0)\n" }.joined()
}

/// One good flow between two clusters; `properties` stand below the `kafka` key of `prod`, from line 5 on.
func kafka(_ properties: String...) -> String {
    """
    clusters:
      prod:
        bootstrap: "prod:9092"
        kafka:

    """ + properties.map { "      \($0)\n" }.joined() + """
          staging: { bootstrap: "staging:9092" }
        flows:
          - { from: prod, to: staging, topics: [orders] }
        """
}

/// A file of this repository, by its path in it.
func repositoryFile(_ path: String) -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return root.appending(path: path).path
}

/// A folder that is gone after `body`.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
