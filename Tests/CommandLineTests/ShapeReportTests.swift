#if canImport(FoundationXML)
    import FoundationXML
#endif
import Console
import Foundation
import Model
import Shaping
import Testing

@testable import martlet

/// What `martlet shape report` shows of a run.
struct ShapeReportTests {
    /// Names that would break out of their place.
    private static let hostile = "<script>alert('x')</script>&\""

    private static func report(finds: Bool = false) throws -> RunReport {
        var part = RunPart(instance: hostile, began: 0, written: 60_000, fingerprint: "00ff")
        part.records.offered = 7
        part.records.sent = 6
        part.isEnd = true
        var policy = SanitizePolicy(topics: [.literal(hostile)])
        policy.rules = [
            SanitizeRule(.value(JSONPath([.key(hostile)])), .hash), SanitizeRule(.key, .drop),
        ]
        var counts = SanitizeCounts(rules: 2)
        counts.hits = [3, 0]
        part.policies = [RunPart.Policy(number: 0, policy, counts)]
        part.canary = RunPart.Canary(everyMilliseconds: 20_000, shots: 3, unanswered: 1, last: 60_000)
        part.scan = RunPart.Scan(share: 0.01, records: 2)
        if finds {
            let leak = LeakFinding(rule: 1, place: hostile, part: "header \(hostile)", form: .base64)
            part.findings = [ProofFinding(.canary, topic: hostile, leak: leak)]
        }
        return try #require(RunReport([part], flow: hostile, source: hostile, destination: hostile))
    }

    @Test(arguments: [false, true])
    func `the page is well-formed, whatever names say, and shows everything`(finds: Bool) throws {
        let page = ShapeReportPage(try Self.report(finds: finds)).html
        let reading = PageReading()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = reading
        #expect(parser.parse(), "\(parser.lineNumber): \(String(describing: parser.parserError))")
        #expect(!reading.names.contains("script") && !page.contains(Self.hostile))
        let text = reading.text
        for words in ["never met", "Rules that never met their place", "replaced by a hash", "Canaries", "00ff", "1 %"]
        {
            #expect(text.contains(words), "\(words)")
        }
        #expect(text.contains("Nothing was found that should not have passed") == !finds)
        #expect(text.contains("What was found") == finds)
    }

    private final class PageReading: NSObject, XMLParserDelegate {
        var names: Set<String> = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            names.insert(name)
        }

        func parser(_ parser: XMLParser, foundCharacters found: String) { text += found }
    }

    @Test func `the text marks rules without a hit and findings`() throws {
        let text = ShapeReportText(try Self.report(finds: true)).text
        #expect(text.contains("rule 2, key: drop, NO HIT") && text.contains("FOUND by the canary"))
        #expect(text.contains("7 offered: 6 sent") && text.contains("3 canaries, every 20 s"))
        #expect(ShapeReportText(try Self.report()).text.contains("nothing was found"))
    }

    @Test func `a flow that is not shaped has no report`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "c.yaml")
        let yaml = """
            clusters: { a: { bootstrap: "127.0.0.1:1" }, b: { bootstrap: "127.0.0.1:2" } }
            flows: [{ from: a, to: b, topics: [t] }]
            """
        try Data(yaml.utf8).write(to: file)
        #expect(Martlet.run(["shape", "report", "--config", file.path(percentEncoded: false)]) == .usage)
    }
}
