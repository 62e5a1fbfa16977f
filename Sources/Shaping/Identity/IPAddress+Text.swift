/// How addresses are written: IPv6 as RFC 5952 has it.
extension IPAddress {
    func append(to out: inout [UInt8]) {
        guard isV4 else { return appendGroups(to: &out) }
        for part in 0..<4 {
            if part > 0 { out.append(0x2e) }
            let number = UInt8(truncatingIfNeeded: v4 >> UInt32(24 - 8 * part))
            if number >= 100 { out.append(0x30 + number / 100) }
            if number >= 10 { out.append(0x30 + number / 10 % 10) }
            out.append(0x30 + number % 10)
        }
    }

    private func appendGroups(to out: inout [UInt8]) {
        let gap = longestGap
        var place = 0
        while place < 8 {
            if place == gap.lowerBound, !gap.isEmpty {
                out.append(0x3a)
                out.append(0x3a)
                place = gap.upperBound
                continue
            }
            if place > 0, place != gap.upperBound || gap.isEmpty { out.append(0x3a) }
            appendHex(group(place), to: &out)
            place += 1
        }
    }

    private func group(_ place: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (place < 4 ? high : low) >> UInt64(48 - 16 * (place & 3)))
    }

    /// The first longest run of two or more groups of zeros; empty when there is none.
    private var longestGap: Range<Int> {
        var longest = 0..<0
        var start = 0
        for place in 0..<8 {
            if group(place) != 0 {
                start = place + 1
            } else if place + 1 - start > Swift.max(1, longest.count) {
                longest = start..<place + 1
            }
        }
        return longest
    }

    private func appendHex(_ group: UInt16, to out: inout [UInt8]) {
        var shift: UInt16 = 12
        while shift > 0, group >> shift == 0 { shift -= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: group >> shift & 15)
            out.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            if shift == 0 { return }
            shift -= 4
        }
    }
}
