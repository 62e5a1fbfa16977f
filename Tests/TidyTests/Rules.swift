/// Rules on one file's text. Each answers with places and what is wrong there; no answer means nothing is.
enum Rules {
    static func length(of file: SourceFile, limit: Int) -> [String] {
        file.lines.count <= limit ? [] : ["\(file.path): \(file.lines.count) lines; \(limit) at most"]
    }

    /// Functions, initializers and deinitializers that are longer than the limit, the signature included.
    ///
    /// Reads indentation, which `swift format` guarantees: a body ends at the first closing brace that stands as far
    /// left as its declaration.
    static func longFunctions(in file: SourceFile, limit: Int) -> [String] {
        file.code.indices.compactMap { start in
            guard file.code[start].containsAny(of: ["func ", "init"]),
                file.code[start].firstMatch(of: /^\s*(?:@?[\w()]+ )*(?:func |init[(<?]|deinit)/) != nil,
                let end = endOfBody(startingAt: start, in: file.code), end - start + 1 > limit
            else { return nil }
            return "\(file.place(start)): a function of \(end - start + 1) lines; \(limit) at most"
        }
    }

    private static func endOfBody(startingAt start: Int, in code: [String]) -> Int? {
        let indent = code[start].prefix { $0 == " " }.count
        var isOpen = false
        for index in start..<code.count {
            let line = code[index].trimmingSuffix { $0 == " " }
            let depth = line.prefix { $0 == " " }.count
            if index > start, depth <= indent, !line.isEmpty {
                if isOpen { return line.dropFirst(depth).hasPrefix("}") ? index : nil }
                // Without a body: the next declaration has begun. A wrapped signature goes on with `)` or `{`.
                guard line.dropFirst(depth).hasPrefix(")") || line.dropFirst(depth).hasPrefix("{") else { return nil }
            }
            if line.hasSuffix("{") || line.hasSuffix(" in") { isOpen = true }
            if index == start, line.hasSuffix("}") { return index }
        }
        return nil
    }

    /// `unsafe` in code, where no C library is touched. In the configuration only single files do, and the simulation
    /// plays one file's worth of C memory.
    static func unsafeCode(in file: SourceFile) -> [String] {
        let isDoor =
            switch file.target {
            case "Records", "RdKafka", "Patterns", "HTTP", "Crypto": true
            case "Configuration": file.code.contains { $0 == "import CYAML" || $0 == "import Glibc" }
            case "Simulation": file.path.hasSuffix("/SimMemory.swift")
            // Processes and sockets: the C library.
            case "Rig": file.code.contains { $0 == "import Glibc" }
            default: false
            }
        if isDoor { return [] }
        return find(/\bunsafe\b/, on: ["unsafe"], in: file, saying: "`unsafe` belongs to the doors to C libraries")
    }

    static func uncheckedSendable(in file: SourceFile) -> [String] {
        guard file.target != "RdKafka" else { return [] }
        return find(/@unchecked\s+Sendable/, on: ["@unchecked"], in: file, saying: "only RdKafka may vouch for itself")
    }

    /// The engine is handed the time and its mail: it waits for nothing.
    static func waiting(in file: SourceFile) -> [String] {
        find(/\b(?:await|async)\b/, on: ["await", "async"], in: file, saying: "no `await` in the engine")
    }

    /// Unfinished work, traps instead of errors, and access that nobody needs.
    static func bannedCode(in file: SourceFile) -> [String] {
        find(
            /\btry!|\bas!|\bpublic\b|\bopen (?:class|func|var)\b/, on: ["try!", "as!", "public", "open "], in: file,
            saying: "not here")
    }

    /// Plain commits of a consumer group: one that races a rebalance loses the whole assignment (librdkafka before 2.10).
    /// What a flow remembers goes in transactions.
    static func plainCommits(in file: SourceFile) -> [String] {
        find(
            /\brd_kafka_(?:commit|commit_queue|commit_message|offsets?_store|offset_store_message)\b/,
            on: ["rd_kafka_commit", "rd_kafka_offset"], in: file, saying: "positions go in transactions")
    }

    /// Words that may not stand even in a comment or a string: unfinished work, and paths of one machine.
    static func bannedWords(in file: SourceFile) -> [String] {
        let pattern = /\b(?:TODO|FIXME|XXX)\b|(?:^|[^\w.])\/(?:tmp|home|root|work)\//
        return file.lines.enumerated().compactMap { index, line in
            guard line.containsAny(of: ["TODO", "FIXME", "XXX", "/tmp", "/home", "/root", "/work"]),
                let match = line.firstMatch(of: pattern)
            else { return nil }
            return "\(file.place(index)): \"\(match.0)\" may not stand here"
        }
    }

    /// Standard output is for answers, and only the command line gives them.
    static func printing(in file: SourceFile) -> [String] {
        find(
            /\b(?:print|debugPrint|dump)\(/, on: ["rint(", "dump("], in: file,
            saying: "only the command line writes to standard output")
    }

    /// - Parameter words: a line without any of them cannot match. Only a hint: expressions are slow, words are not.
    private static func find(
        _ pattern: Regex<Substring>, on words: [String], in file: SourceFile, saying why: String
    ) -> [String] {
        file.code.enumerated().compactMap { index, line in
            guard line.containsAny(of: words), let match = line.firstMatch(of: pattern) else { return nil }
            return "\(file.place(index)): \"\(match.0)\": \(why)"
        }
    }
}

extension StringProtocol {
    func containsAny(of words: [String]) -> Bool { words.contains { self.contains($0) } }

    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let last = rest.last, predicate(last) { rest = rest.dropLast() }
        return rest
    }
}
