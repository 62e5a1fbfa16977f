/// Paths that need too many states to be looked for at once.
package struct PathTrieFault: Error, Hashable, Sendable, CustomStringConvertible {
    package init() {}

    package var description: String {
        "these paths need more than \(PathTrie.statesMax) states: name fewer places behind `..name` by `*`"
    }
}
