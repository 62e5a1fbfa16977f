import Crypto
import Model

/// A space of pseudonyms: what makes the same one of the same text, wherever it stands.
///
/// A pseudonym is made of the HMAC-SHA256 of `name 00 kind 00 canonical text` under the operator's key. Neither can the
/// text be found from it without the key, nor can two spaces or kinds be matched.
package struct IdentitySpace: Sendable {
    package let name: String
    let steps: [IdentityDefinition.Step]
    private let key: HMACKey

    /// - Parameter key: of all spaces of a `SanitizeDefinition`.
    package init(_ definition: IdentityDefinition, key: HMACKey) {
        name = definition.name
        steps = definition.canonical
        self.key = key
    }

    func key(for kind: PseudonymKind) -> HMACKey {
        let prefix = Array("\(name)\0\(kind.rawValue)\0".utf8)
        return key.following(prefix.span)
    }

    func cipher(for kind: PseudonymKind) -> AESCipher {
        AESCipher(key(for: kind).code(of: Span()))
    }
}
