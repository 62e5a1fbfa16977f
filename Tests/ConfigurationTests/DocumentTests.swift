import Configuration
import Foundation
import Testing

/// The operator's page says what the code does.
struct DocumentTests {
    /// The words in backticks of the first column, for the rows between two lines that hold these texts.
    private func firstColumn(from start: String, to end: String) throws -> [String] {
        let text = try String(contentsOfFile: repositoryFile("docs/CONFIGURATION.md"), encoding: .utf8)
        let part = try #require(text.split(separator: start).last?.split(separator: end).first)
        let cells = part.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { $0.split(separator: " | ")[0] }
        return cells.flatMap {
            $0.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    @Test func `every property in the table belongs to Martlet`() throws {
        let names = try firstColumn(from: "because another value would break a promise", to: "## Flows")
        #expect(names.count > 40)
        for name in names {
            let report = mistakes(kafka("\(name): x"))
            #expect(report.first?.contains("\(name) belongs to Martlet") == true, "\(name)")
        }
    }

    @Test func `the table of a flow has every key and no other`() throws {
        let names = try firstColumn(from: "## Flows", to: "### Topics")
        let report = mistakes(flow("nothing-like-it: 1"))
        let known = try #require(report.first?.split(separator: "known here: ").last).split(separator: ", ")
        #expect(Set(names) == Set(known.map(String.init)))
    }
}
