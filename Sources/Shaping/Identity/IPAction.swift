import Crypto
import Model

/// Replaces an address. White space around it goes; other canonical steps of the identity count for nothing here: every
/// spelling of an address gives the same.
///
/// With `keepsPrefix` networks stay together and addresses stay different, and the results are addresses of the whole
/// space: somebody may have them. Without it they lie where nobody is: IPv6 in 2001:db8::/32 (RFC 3849), with 96 bits of
/// the keyed code, IPv4 among the 768 addresses of RFC 5737, so that different ones become the same.
final class IPAction: FieldAction {
    /// 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24.
    private static let documentation: InlineArray<3, UInt32> = [0xc000_0200, 0xc633_6400, 0xcb00_7100]

    private let keepsPrefix: Bool
    private let map: PrefixMap
    private let key: HMACKey

    init(keepsPrefix: Bool, in space: IdentitySpace) {
        self.keepsPrefix = keepsPrefix
        map = PrefixMap(space.cipher(for: .ipCipher))
        key = space.key(for: .ip)
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .string || kind == .text else {
            return kind == .null ? .null : .mismatch("an IP address is a text")
        }
        var (start, end) = (0, field.count)
        while start < end, field[start] <= 0x20 { start += 1 }
        while end > start, field[end - 1] <= 0x20 { end -= 1 }
        guard let address = IPAddress(field.extracting(start..<end)) else {
            return .mismatch("the text is no IP address")
        }
        (keepsPrefix ? map.mapped(address) : documented(address)).append(to: &out)
        return .text
    }

    private func documented(_ address: IPAddress) -> IPAddress {
        var text = InlineArray<17, UInt8>(repeating: address.isV4 ? 4 : 6)
        for index in 0..<8 {
            text[1 + index] = UInt8(truncatingIfNeeded: address.high >> UInt64(56 - 8 * index))
            text[9 + index] = UInt8(truncatingIfNeeded: address.low >> UInt64(56 - 8 * index))
        }
        let code = key.code(of: text.span)
        guard address.isV4 else {
            return IPAddress(high: 0x2001_0db8_0000_0000 | code.word(0) & 0xffff_ffff, low: code.word(1))
        }
        let place = UInt32(truncatingIfNeeded: code.number(below: 768))
        return IPAddress(v4: Self.documentation[Int(place / 256)] | place % 256)
    }
}
