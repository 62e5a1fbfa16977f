import Model

/// What a `PathTrie` is made from: sets of paths, each with the number of its steps that have been gone.
struct PathTrieBuilder {
    struct Item: Hashable {
        let path: Int
        let gone: Int
    }

    private enum Step {
        case key([UInt8])
        case index(Int)
        case any
        case anywhere([UInt8])
    }

    /// Names are compared as bytes: to `String`, composed and decomposed letters are the same.
    private let paths: [[Step]]

    init(_ paths: [JSONPath]) {
        self.paths = paths.map { path in
            path.steps.map { step in
                switch step {
                case .key(let name): .key(Array(name.utf8))
                case .index(let index): .index(index)
                case .any: .any
                case .anywhere(let name): .anywhere(Array(name.utf8))
                }
            }
        }
    }

    var start: [Item] { paths.indices.map { Item(path: $0, gone: 0) } }

    /// - Parameter name: `nil`: a name that no path has.
    func member(of set: [Item], named name: [UInt8]?) -> [Item] {
        step(set) { step in
            switch step {
            case .key(let wanted): (goes: wanted == name, stays: false)
            case .index: (goes: false, stays: false)
            case .any: (goes: true, stays: false)
            case .anywhere(let wanted): (goes: wanted == name, stays: true)
            }
        }
    }

    /// - Parameter index: `nil`: an index that no path has.
    func element(of set: [Item], at index: Int?) -> [Item] {
        step(set) { step in
            switch step {
            case .key: (goes: false, stays: false)
            case .index(let wanted): (goes: wanted == index, stays: false)
            case .any: (goes: true, stays: false)
            case .anywhere: (goes: false, stays: true)
            }
        }
    }

    private func step(_ set: [Item], _ passes: (Step) -> (goes: Bool, stays: Bool)) -> [Item] {
        var next: Set<Item> = []
        for item in set where item.gone < paths[item.path].count {
            let (goes, stays) = passes(paths[item.path][item.gone])
            if stays { next.insert(item) }
            if goes { next.insert(Item(path: item.path, gone: item.gone + 1)) }
        }
        return next.sorted { ($0.path, $0.gone) < ($1.path, $1.gone) }
    }

    /// The paths that end in a set, the one that counts first.
    func endings(of set: [Item]) -> [Int] {
        set.filter { $0.gone == paths[$0.path].count }.map(\.path).sorted { left, right in
            let (first, second) = (weight(of: left), weight(of: right))
            return first != second ? first > second : left < right
        }
    }

    private func weight(of path: Int) -> (steps: Int, literal: Int) {
        let literal = paths[path].count { step in
            switch step {
            case .key, .index: true
            case .any, .anywhere: false
            }
        }
        return (paths[path].count, literal)
    }
}
