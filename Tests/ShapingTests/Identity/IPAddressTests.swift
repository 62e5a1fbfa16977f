import Testing

@testable import Shaping

struct IPAddressTests {
    /// RFC 5952, sections 4 and 5.
    @Test(arguments: [
        ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:DB8::ABCD", "2001:db8::abcd"), ("::", "::"),
        ("0:0:0:0:0:0:0:1", "::1"), ("1:0:0:0:0:0:0:0", "1::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("0.10.200.255", "0.10.200.255"),
    ])
    func `addresses are written as the standard has it`(text: String, form: String) throws {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        let address = IPAddress(bytes.span)
        try #require(address).append(to: &out)
        #expect(String(decoding: out, as: UTF8.self) == form)
    }
}
