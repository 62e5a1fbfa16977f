/// One value of a YAML document, with its place.
struct Node {
    let place: Place
    let content: Content

    enum Content {
        /// Every scalar is text; what it means is decided by the key that holds it. So `no` is the word "no".
        case text(String)
        /// A key, or a list's dash, with nothing behind it.
        case nothing
        case list([Node])
        case map([Entry])
        /// A value that was refused already. Whoever meets it says nothing more about it.
        case refused
    }

    struct Entry {
        let key: String
        /// Where the key stands.
        let place: Place
        let value: Node
    }
}
