/// Words, one behind the other in one piece of memory: a million of them are shared by all topics and lanes.
package struct WordList: Hashable, Sendable {
    private var bytes: [UInt8] = []
    /// Where each word ends.
    private var ends: [UInt32] = []

    package init(_ words: [String] = []) {
        for word in words { append(word.utf8) }
    }

    package var count: Int { ends.count }

    /// A word in UTF-8.
    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    package mutating func append(_ word: some Sequence<UInt8>) {
        bytes.append(contentsOf: word)
        ends.append(UInt32(bytes.count))
    }
}

extension WordList: CustomStringConvertible {
    /// Every word: two processes whose words differ do not shape alike.
    package var description: String { (0..<count).map { String(decoding: self[$0], as: UTF8.self) }.description }
}
