/// Puts the values of `${NAME}` and `${file:/path}` into a text. `$${` is a plain `${`.
///
/// What is put in is not looked through again, and never printed: a fault tells the name or the path only.
struct References {
    let environment: [String: String]

    /// A password, a certificate chain: far below this. A larger file is a mistake in the path.
    private static let fileBytesMax = 1 << 20

    /// - Returns: the text with every reference resolved; where `faults` is not empty, it is not whole.
    func resolve(_ text: String) -> (value: String, faults: [String]) {
        var value: [UInt8] = []
        var faults: [String] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.first {
            if rest.starts(with: "$${".utf8) {
                value += "${".utf8
                rest = rest.dropFirst(3)
            } else if rest.starts(with: "${".utf8) {
                let reference = rest.prefix { $0 != UInt8(ascii: "}") }
                rest = rest[reference.endIndex...]
                let isClosed = rest.popFirst() != nil
                do {
                    // Nothing is the name of nothing: it is refused as any other malformed reference.
                    value += try target(of: isClosed ? String(decoding: reference.dropFirst(2), as: UTF8.self) : "")
                        .utf8
                } catch {
                    faults.append(error.text)
                }
            } else {
                value.append(first)
                rest = rest.dropFirst()
            }
        }
        return (String(decoding: value, as: UTF8.self), faults)
    }

    private struct Fault: Error {
        let text: String
    }

    /// The value behind what stands between the braces.
    private func target(of reference: String) throws(Fault) -> String {
        if reference.hasPrefix("file:/") { return try contents(of: String(reference.dropFirst(5))) }
        guard reference.isEnvironmentName else {
            // What stands there may be half a password: it is not shown.
            throw Fault(text: "holds a \"${\" that begins neither ${NAME} nor ${file:/path}; write $${ for a plain ${")
        }
        guard let value = environment[reference] else {
            throw Fault(text: "refers to the environment variable \(reference), which is not set; set it")
        }
        return value
    }

    /// A file's text, without the one line end that editors and secret stores put behind it.
    private func contents(of path: String) throws(Fault) -> String {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, bytesMax: Self.fileBytesMax)
        } catch {
            throw Fault(text: "refers to the file \(quoted(path)), which cannot be read: \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Fault(text: "refers to the file \(quoted(path)), which is not a text in UTF-8")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { return String(text.dropLast()) }
        return text
    }
}

extension String {
    fileprivate var isEnvironmentName: Bool {
        guard let first = utf8.first, first.isASCIILetter || first == UInt8(ascii: "_") else { return false }
        return utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isASCIILetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}
