import Foundation
import Model
import Testing

@testable import martlet

/// What counts as a change of a cluster's settings.
struct SettingsWatchTests {
    @Test func `settings are others when a value or the contents of a file are, and not when a file is written anew`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "ca.pem")
        func settings(password: String = "a", contents: String?) throws -> SettingsWatch.Settings {
            if let contents {
                try contents.write(to: file, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.removeItem(at: file)
            }
            return SettingsWatch.Settings(
                ClusterDefinition(
                    name: "c", bootstrap: "c:1",
                    properties: [
                        ClientProperty("sasl.password", password), ClientProperty("ssl.ca.location", file.path),
                    ]))
        }
        let first = try settings(contents: "one")
        #expect(try settings(contents: "one") == first)
        #expect(try settings(contents: "two") != first)
        #expect(try settings(password: "b", contents: "one") != first)
        #expect(try settings(contents: nil) != first)
    }
}
