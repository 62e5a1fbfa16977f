import Model

/// Finds what a path leads to in a JSON document, without a tree: one pass, which ends where it is found.
///
/// What is read is only as much JSON as leads there, so the document behind it may be anything. Whatever bytes it is given,
/// it answers; where it cannot read on, nothing was found.
package struct JSONFieldFinder: Sendable {
    private enum Step: Sendable {
        case key([UInt8])
        case index(Int)
        case any
        case anywhere([UInt8])
    }

    private enum Search {
        case notHere
        case found
        /// Either the document cannot be read, or what the path leads to first is no text and no number.
        case nothing
    }

    /// Arrays and objects inside each other; each costs a stack frame.
    private static let depthMax = 128
    /// One bit for each step, and one for the end of the path.
    private static let stepsMax = 63

    private let steps: [Step]

    /// A path of more than 63 steps leads nowhere.
    package init(_ path: JSONPath) {
        steps = path.steps.map { step in
            switch step {
            case .key(let name): .key(Array(name.utf8))
            case .index(let index): .index(index)
            case .any: .any
            case .anywhere(let name): .anywhere(Array(name.utf8))
            }
        }
    }

    /// Appends the text that the path leads to first, in the order of the document: a string unescaped, a number as it is
    /// written. `false`: there is none, or it is empty, or something else; then `out` is as it was.
    package func appendText(of document: Span<UInt8>, to out: inout [UInt8]) -> Bool {
        guard steps.count <= Self.stepsMax else { return false }
        let count = out.count
        var place = 0
        if search(document, &place, states: 1, depth: 0, &out) == .found, out.count > count { return true }
        out.removeLast(out.count - count)
        return false
    }

    /// `states`: bit i is set when the way here has matched the first i steps.
    private func search(
        _ bytes: Span<UInt8>, _ place: inout Int, states: UInt64, depth: Int, _ out: inout [UInt8]
    ) -> Search {
        JSONScan.skipSpace(bytes, &place)
        if states & (1 &<< UInt64(steps.count)) != 0 {
            return JSONScan.appendText(bytes, &place, to: &out) ? .found : .nothing
        }
        guard place < bytes.count, depth < Self.depthMax else { return .nothing }
        let first = bytes[place]
        if states != 0, first == UInt8(ascii: "{") { return searchObject(bytes, &place, states, depth, &out) }
        if states != 0, first == UInt8(ascii: "[") { return searchArray(bytes, &place, states, depth, &out) }
        return JSONScan.skipValue(bytes, &place) ? .notHere : .nothing
    }

    private func searchObject(
        _ bytes: Span<UInt8>, _ place: inout Int, _ states: UInt64, _ depth: Int, _ out: inout [UInt8]
    ) -> Search {
        place &+= 1
        JSONScan.skipSpace(bytes, &place)
        if JSONScan.take(UInt8(ascii: "}"), bytes, &place) { return .notHere }
        while true {
            JSONScan.skipSpace(bytes, &place)
            guard let name = JSONScan.takeString(bytes, &place) else { return .nothing }
            JSONScan.skipSpace(bytes, &place)
            guard JSONScan.take(UInt8(ascii: ":"), bytes, &place) else { return .nothing }
            let inside = advanced(states, bytes, name, &out)
            let result = search(bytes, &place, states: inside, depth: depth &+ 1, &out)
            guard result == .notHere else { return result }
            JSONScan.skipSpace(bytes, &place)
            if JSONScan.take(UInt8(ascii: "}"), bytes, &place) { return .notHere }
            guard JSONScan.take(UInt8(ascii: ","), bytes, &place) else { return .nothing }
        }
    }

    private func searchArray(
        _ bytes: Span<UInt8>, _ place: inout Int, _ states: UInt64, _ depth: Int, _ out: inout [UInt8]
    ) -> Search {
        place &+= 1
        JSONScan.skipSpace(bytes, &place)
        if JSONScan.take(UInt8(ascii: "]"), bytes, &place) { return .notHere }
        var element = 0
        while true {
            let inside = advanced(states, element: element)
            let result = search(bytes, &place, states: inside, depth: depth &+ 1, &out)
            guard result == .notHere else { return result }
            element &+= 1
            JSONScan.skipSpace(bytes, &place)
            if JSONScan.take(UInt8(ascii: "]"), bytes, &place) { return .notHere }
            guard JSONScan.take(UInt8(ascii: ","), bytes, &place) else { return .nothing }
        }
    }

    private func advanced(
        _ states: UInt64, _ bytes: Span<UInt8>, _ name: JSONScan.StringRange, _ out: inout [UInt8]
    ) -> UInt64 {
        var next: UInt64 = 0
        for index in 0..<steps.count where states & (1 &<< UInt64(index)) != 0 {
            switch steps[index] {
            case .key(let wanted):
                if name.equals(wanted, bytes, scratch: &out) { next |= 2 &<< UInt64(index) }
            case .any: next |= 2 &<< UInt64(index)
            case .anywhere(let wanted):
                next |= 1 &<< UInt64(index)
                if name.equals(wanted, bytes, scratch: &out) { next |= 2 &<< UInt64(index) }
            case .index: break
            }
        }
        return next
    }

    private func advanced(_ states: UInt64, element: Int) -> UInt64 {
        var next: UInt64 = 0
        for index in 0..<steps.count where states & (1 &<< UInt64(index)) != 0 {
            switch steps[index] {
            case .index(let wanted): if wanted == element { next |= 2 &<< UInt64(index) }
            case .any: next |= 2 &<< UInt64(index)
            case .anywhere: next |= 1 &<< UInt64(index)
            case .key: break
            }
        }
        return next
    }
}
