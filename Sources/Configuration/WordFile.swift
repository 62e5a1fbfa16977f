import Model

/// Reads a dictionary's words from a file: one a line. Blank lines, and lines that begin with `#`, hold none.
enum WordFile {
    /// Every process of the flow holds it in memory.
    static let bytesMax = 16 << 20
    static let wordsMax = 1_000_000

    /// Why the words cannot be used. It shows none of them.
    struct Fault: Error {
        let text: String
    }

    static func words(in path: String) throws(Fault) -> WordList {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, bytesMax: bytesMax)
        } catch {
            throw Fault(text: "cannot be read: \(error)")
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let line = Place(ofByte: error.byteOffsets.lowerBound, in: bytes).line
            throw Fault(text: "is no text in UTF-8: line \(line)")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return try words(of: bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...])
    }

    private static func words(of text: ArraySlice<UInt8>) throws(Fault) -> WordList {
        var words = WordList()
        var lines: [ArraySlice<UInt8>: Int] = [:]
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let word = line.trimmingBlanks
            guard let first = word.first, first != UInt8(ascii: "#") else { continue }
            guard !word.contains(0) else { throw Fault(text: "holds a zero byte in line \(number + 1); remove it") }
            // A word that stood there twice would be chosen twice as often: more likely a mistake than a wish.
            if let earlier = lines.updateValue(number + 1, forKey: word) {
                throw Fault(text: "holds the same word in the lines \(earlier) and \(number + 1); keep one")
            }
            guard words.count < wordsMax else { throw Fault(text: "holds more than \(wordsMax) words") }
            words.append(word)
        }
        guard words.count > 0 else { throw Fault(text: "holds no words") }
        return words
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmingBlanks: ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r")
        }
        let end = lastIndex { !isBlank($0) }.map { index(after: $0) } ?? startIndex
        return self[..<end].drop(while: isBlank)
    }
}
