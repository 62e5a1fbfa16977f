#if canImport(FoundationXML)
    import FoundationXML
#endif
import Foundation

/// A page read as XML, which proves that every element is closed where it was opened, and that no text became markup.
final class Page: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        /// Names of the elements around it.
        let path: [String]
        var text = ""

        func number(_ name: String) -> Double { attributes[name].flatMap(Double.init) ?? .nan }
        func has(_ style: String) -> Bool {
            attributes["class"]?.split(separator: " ").contains(Substring(style)) ?? false
        }
    }

    private(set) var elements: [Element] = []
    private(set) var fault: String?
    private var open: [Int] = []

    init(_ text: String) {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        if !parser.parse() { fault = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")" }
    }

    func all(_ name: String, _ style: String? = nil) -> [Element] {
        elements.filter { element in element.name == name && style.map { element.has($0) } ?? true }
    }

    var text: String { elements.map(\.text).joined(separator: "\n") }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        elements.append(Element(name: name, attributes: attributes, path: open.map { elements[$0].name }))
        open.append(elements.count - 1)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) {
        if let last = open.last { elements[last].text += characters }
    }
}

/// Where a path's data goes: absolute commands `M`, `L`, `H` and `V`, as our plots write them.
struct PathData {
    var points: [(x: Double, y: Double)] = []
    /// How often it starts anew.
    var starts = 0

    init(_ data: String) {
        var numbers: [Double] = []
        var command: Character = "M"
        var digits = ""
        var at = (x: 0.0, y: 0.0)
        func take() {
            if let number = Double(digits) { numbers.append(number) }
            digits = ""
        }
        func finish(_ path: inout PathData) {
            switch (command, numbers.count) {
            case ("M", 2), ("L", 2): at = (numbers[0], numbers[1])
            case ("H", 1): at.x = numbers[0]
            case ("V", 1): at.y = numbers[0]
            default: return
            }
            path.points.append(at)
        }
        for character in data + "z" {
            switch character {
            case "0"..."9", ".", "-": digits.append(character)
            case " ": take()
            default:
                take()
                finish(&self)
                numbers = []
                command = character
                if character == "M" { starts += 1 }
            }
        }
    }
}
