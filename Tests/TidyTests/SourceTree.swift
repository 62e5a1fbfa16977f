import Foundation

/// The project's own files, read from the checkout that this test was built in.
enum SourceTree {
    /// Where the checkout is, also when this file was reached through a symbolic link.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file below these folders of the root, in the order of their paths.
    static func swiftFiles(in folders: String...) throws -> [SourceFile] {
        try folders.flatMap { folder in
            guard
                let walk = FileManager.default.enumerator(
                    at: root.appending(path: folder), includingPropertiesForKeys: nil)
            else { throw CocoaError(.fileReadNoSuchFile) }
            return try walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
                .map { file in
                    let path = file.path(percentEncoded: false).dropFirst(root.path(percentEncoded: false).count)
                    return SourceFile(path: String(path), text: try text(file))
                }
                .sorted { $0.path < $1.path }
        }
    }

    static func file(_ path: String) throws -> SourceFile {
        SourceFile(path: path, text: try text(root.appending(path: path)))
    }

    private static func text(_ file: URL) throws -> String {
        try String(contentsOf: file, encoding: .utf8)
    }
}

/// One file: its path below the root, and what it says.
struct SourceFile: Sendable {
    let path: String
    let lines: [String]
    /// The same lines without comments and without the insides of string literals.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        // A file ends with a line feed; that makes no further line.
        let whole = text.hasSuffix("\n") ? String(text.dropLast()) : text
        self.lines = whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var stripper = Stripper()
        self.code = lines.map { stripper.code(of: $0) }
    }

    /// The folder below `Sources` or `Tests`: the target.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    func place(_ index: Int) -> String { "\(path):\(index + 1)" }
}

/// Leaves the code of a line. Knows line comments, string literals and multi-line string literals: enough for
/// sources that `swift format` has written and that hold no block comments.
private struct Stripper {
    private var isInText = false

    mutating func code(of line: String) -> String {
        if line.contains("\"\"\"") {
            isInText.toggle()
            return isInText ? String(line.prefix(upTo: line.range(of: "\"\"\"")!.lowerBound)) : ""
        }
        guard !isInText else { return "" }
        var code = ""
        var isQuoted = false
        var rest = Substring(line)
        while let character = rest.popFirst() {
            switch character {
            case "\\" where isQuoted: rest = rest.dropFirst()
            case "\"":
                isQuoted.toggle()
                code.append(character)
            case "/" where !isQuoted && rest.first == "/": return code
            default: if !isQuoted { code.append(character) }
            }
        }
        return code
    }
}
