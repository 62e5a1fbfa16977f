import Foundation
import Shaping
import Testing

/// The scanner beside another parser, which is lenient with a comma in front of a closing bracket. They differ, too, in
/// what no document here becomes by one byte: numbers beyond a double's range, byte order marks, and depth.
struct JSONDifferentialTests {
    private static let documents = [
        #"{"a":[1,-2.5e+3 ,0,true,false,null],"b":{"c":"x\n\u00e9\ud83d\ude00 é"},"":"","d":[[],{}]}"#,
        #" [ "a" , { "b" : 10.25E-1 } , [ "\"\\\/" ] ] "#,
        "\"text\"", "-12.5", "null",
    ]

    private static func isAccepted(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    private func compare(_ bytes: [UInt8]) {
        let fault = JSONScanner.fault(in: bytes.span)
        if let fault, fault.kind == .unexpectedByte, "]}".utf8.contains(bytes[fault.offset]),
            bytes[..<fault.offset].last(where: { $0 > 0x20 }) == UInt8(ascii: ",")
        {
            return
        }
        let isAccepted = Self.isAccepted(bytes)
        #expect((fault == nil) == isAccepted, "\(String(decoding: bytes, as: UTF8.self)) \(bytes)")
    }

    @Test func `both judge documents alike that end anywhere`() {
        for document in Self.documents.map({ Array($0.utf8) }) {
            for end in 0...document.count { compare(Array(document[..<end])) }
        }
    }

    @Test func `both judge documents alike that have any byte in any place`() {
        for document in Self.documents.map({ Array($0.utf8) }) {
            for index in document.indices {
                for byte in UInt8.min...UInt8.max {
                    var changed = document
                    changed[index] = byte
                    compare(changed)
                }
            }
        }
    }
}
