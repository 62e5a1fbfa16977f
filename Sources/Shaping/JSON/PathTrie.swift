import Model

/// Many paths at once, made ready to be walked along with a document: an automaton whose states say which paths end
/// at a place. A step costs one look at a table, however many paths there are.
///
/// Among paths that end at the same place the one with most steps counts, then the one with most names and indexes in
/// it, then the first. What holds for the places inside a place without paths of their own is the walker's affair.
package struct PathTrie: Sendable {
    /// A place in a document, as far as the paths can tell it from others.
    package typealias State = Int32

    /// Nothing inside a place of this state is named by any path.
    package static let nothing: State = 0
    /// The document itself.
    package private(set) var root: State = 0

    private var names = NameTable()
    private var indexes: [Int] = []
    /// For each state, one column for each name and one more for every other name; then the same for indexes.
    private var members: [State] = []
    private var elements: [State] = []
    /// For each state the path that counts there, or -1.
    private var winners: [Int32] = []
    /// For each state all paths that end there: those of state s from `endingStarts[s]` to `endingStarts[s + 1]`.
    private var endings: [Int32] = []
    private var endingStarts: [Int] = [0]

    /// `..name` with many `*` behind it multiplies states; honest policies need a few for each path.
    static let statesMax = 4_096
    private static let cellsMax = 1_000_000

    /// - Throws: when the paths need more states than there may be.
    package init(_ paths: [JSONPath]) throws(PathTrieFault) {
        let builder = PathTrieBuilder(paths)
        var texts: [[UInt8]] = []
        for step in paths.flatMap(\.steps) {
            switch step {
            case .key(let name), .anywhere(let name):
                let text = Array(name.utf8)
                if names.insert(text.span) == texts.count { texts.append(text) }
            case .index(let index): if !indexes.contains(index) { indexes.append(index) }
            case .any: break
            }
        }
        try fill(from: builder, names: texts)
    }

    private mutating func fill(from builder: PathTrieBuilder, names: [[UInt8]]) throws(PathTrieFault) {
        var numbers: [[PathTrieBuilder.Item]: State] = [[]: 0]
        var sets: [[PathTrieBuilder.Item]] = [[]]
        func number(_ set: [PathTrieBuilder.Item]) -> State {
            if let known = numbers[set] { return known }
            let new = State(sets.count)
            numbers[set] = new
            sets.append(set)
            return new
        }
        root = number(builder.start)
        var next = 0
        while next < sets.count {
            guard sets.count <= Self.statesMax, sets.count * (names.count + indexes.count + 2) <= Self.cellsMax else {
                throw PathTrieFault()
            }
            let set = sets[next]
            for name in names { members.append(number(builder.member(of: set, named: name))) }
            members.append(number(builder.member(of: set, named: nil)))
            for index in indexes { elements.append(number(builder.element(of: set, at: index))) }
            elements.append(number(builder.element(of: set, at: nil)))
            let ending = builder.endings(of: set)
            winners.append(ending.first.map { Int32($0) } ?? -1)
            endings += ending.map { Int32($0) }
            endingStarts.append(endings.count)
            next += 1
        }
    }

    /// The member of that name, unescaped, inside an object.
    @inline(__always)
    package func member(of state: State, named name: Span<UInt8>) -> State {
        guard state != Self.nothing else { return state }
        let columns = names.count &+ 1
        return members[Int(state) &* columns &+ (names[name] ?? columns &- 1)]
    }

    /// The element of that number inside an array.
    @inline(__always)
    package func element(of state: State, at index: Int) -> State {
        guard state != Self.nothing else { return state }
        var column = 0
        while column < indexes.count, indexes[column] != index { column &+= 1 }
        return elements[Int(state) &* (indexes.count &+ 1) &+ column]
    }

    /// The path that counts at a place, or -1.
    @inline(__always)
    package func winner(at state: State) -> Int { Int(winners[Int(state)]) }

    /// Notes in `seen` every path that ends at a place.
    func mark(_ state: State, in seen: inout [Bool]) {
        for index in endingStarts[Int(state)]..<endingStarts[Int(state) &+ 1] { seen[Int(endings[index])] = true }
    }
}
