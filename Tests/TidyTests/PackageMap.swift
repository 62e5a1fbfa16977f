/// What Package.swift says of the targets: their ranks and what they may import.
///
/// It is read as text, on purpose: the comments `// Rank 3` are the one place where ranks are written down.
struct PackageMap {
    struct Target {
        var rank: Int
        var dependencies: [String]
        /// A system library.
        var isDoor = false
    }

    private(set) var targets: [String: Target] = [:]
    /// What tests share stands above the whole product, and the tests above that.
    private static let testRank = 100

    init(manifest: SourceFile) {
        var rank: Int?
        var unfinished = ""
        for line in manifest.lines {
            if let match = line.firstMatch(of: /\/\/ Rank (\d+)/) { rank = Int(match.1) }
            if line.contains("// Tests") { rank = Self.testRank }
            guard let rank else { continue }
            unfinished += line
            // A declaration is whole when its parentheses are closed again.
            guard unfinished.count(where: { $0 == "(" }) <= unfinished.count(where: { $0 == ")" }) else { continue }
            note(declaration: unfinished, rank: rank)
            unfinished = ""
        }
    }

    private mutating func note(declaration: String, rank: Int) {
        let pattern =
            /(?:library|tests|\.systemLibrary|\.executableTarget|\.target|\.testTarget)\(\s*(?:name: )?"(\w+)"(.*)/
        guard let match = declaration.firstMatch(of: pattern) else { return }
        let named = match.2.matches(of: /"(\w+)"/).map { String($0.1) }
        let isDoor = declaration.contains("systemLibrary")
        let isTest = declaration.contains(/^\s*tests\(/)
        targets[String(match.1)] = Target(
            rank: isTest ? rank + 1 : rank, dependencies: isDoor ? [] : named, isDoor: isDoor)
    }
}

extension Rules {
    /// What the toolchain ships and what any target may use.
    private static let toolchain: Set<String> = ["Foundation", "Synchronization", "Dispatch", "Glibc", "Testing"]

    /// Dependencies that do not point downward, and C libraries with more than one door.
    static func faults(in map: PackageMap) -> [String] {
        var faults: [String] = []
        for (name, target) in map.targets {
            for dependency in target.dependencies {
                guard let other = map.targets[dependency] else { continue }
                if other.rank >= target.rank {
                    faults.append(
                        "Package.swift: \(name) (rank \(target.rank)) depends on \(dependency) (rank \(other.rank))")
                }
            }
        }
        for (door, target) in map.targets where target.isDoor {
            let importers = map.targets.filter { $0.value.dependencies.contains(door) }.keys.sorted()
            if importers.count > 1 {
                faults.append("Package.swift: \(door) is imported by \(importers.joined(separator: " and "))")
            }
        }
        return faults.sorted()
    }

    /// Imports that the manifest does not declare for the file's target.
    static func undeclaredImports(in file: SourceFile, map: PackageMap) -> [String] {
        guard let target = map.targets[file.target] else { return ["\(file.path): Package.swift has no such target"] }
        return file.code.enumerated().compactMap { index, line in
            guard line.contains("import "),
                let match = line.firstMatch(of: /^\s*(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)/)
            else { return nil }
            let module = String(match.1)
            guard !toolchain.contains(module), !target.dependencies.contains(module) else { return nil }
            return "\(file.place(index)): \(file.target) imports \(module), which Package.swift does not declare for it"
        }
    }
}
