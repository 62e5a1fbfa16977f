import Foundation

/// A folder of trials: a JSON file for each scenario and mirror, and one page over all of them, so that what was tried
/// at different times stands side by side.
package struct ReportFolder: Sendable {
    package struct Contents: Sendable {
        package var reports: [TrialReport] = []
        /// Files that are no reports: named on the page, never passed over in silence.
        package var unread: [String] = []
    }

    private let folder: URL

    package init(path: String) {
        folder = URL(filePath: path, directoryHint: .isDirectory)
    }

    package var pagePath: String { folder.appending(path: "report.html").path }

    /// Writes the trial's JSON, in place of an earlier one of the same scenario and mirror.
    /// - Returns: the file's path.
    @discardableResult
    package func add(_ report: TrialReport) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: Self.stem(of: report) + ".json")
        try Self.encode(report).write(to: file, options: .atomic)
        return file.path
    }

    /// Everything the folder holds, in order.
    package func contents() throws -> Contents {
        var contents = Contents()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        for name in names.sorted() {
            do {
                contents.reports.append(try Self.decode(Data(contentsOf: folder.appending(path: name))))
            } catch {
                contents.unread.append(name)
            }
        }
        contents.reports = ReportOrder.sorted(contents.reports)
        return contents
    }

    /// Draws everything the folder holds, whenever it was written.
    @discardableResult
    package func writePage() throws -> Contents {
        let contents = try contents()
        let page = ReportPage(contents.reports, unread: contents.unread).html
        try Data(page.utf8).write(to: URL(filePath: pagePath), options: .atomic)
        return contents
    }

    // MARK: - Format

    /// Compact: pretty-printed, 2,000 partitions over an hour would be seven million lines.
    package static func encode(_ report: TrialReport) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        // A rate over no time must not cost the whole report.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try encoder.encode(report)
    }

    package static func decode(_ data: Data) throws -> TrialReport {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try decoder.decode(TrialReport.self, from: data)
    }

    /// `S4-martlet`. A mirror that is a command becomes letters that any file system takes, with a checksum that keeps
    /// two commands apart.
    package static func stem(of report: TrialReport) -> String {
        "\(word(report.scenario.id))-\(word(report.mirror))"
    }

    private static func word(_ text: String) -> String {
        let isPlain = { (byte: UInt8) in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "_": true
            default: false
            }
        }
        let runs = text.utf8.split { !isPlain($0) }.map { String(decoding: $0, as: UTF8.self) }
        let word = String(runs.joined(separator: "-").prefix(40))
        if word == text { return word }
        let sum = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(sum, radix: 16).suffix(8)
        return word.isEmpty ? String(digits) : "\(word)-\(digits)"
    }
}
