import Crypto
import Model

extension ShapeDefinition {
    /// 16 hexadecimal digits that two processes have in common only when they shape alike: the same rules, the same key.
    /// The key itself cannot be told from it: it goes in as a hash of its own.
    package var fingerprint: String {
        var text = Array("\(self)".utf8)
        if let sanitize {
            // Whoever sees the print must not be able to try short keys: it is salted with everything else.
            var key = text + sanitize.key.bytes
            for _ in 0..<4_096 {
                var digest: [UInt8] = []
                SHA256Digest.append(of: key.span, to: &digest)
                key = digest
            }
            text += key
        }
        var digest: [UInt8] = []
        SHA256Digest.append(of: text.span, to: &digest)
        return digest.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
