import Crypto
import Model

/// All spaces of pseudonyms of a flow. The same key and names give the same pseudonyms on every process and in every run.
package struct IdentitySpaces: Sendable {
    private let key: HMACKey
    private var spaces: [String: IdentitySpace] = [:]

    package init(_ definition: SanitizeDefinition) {
        key = HMACKey(definition.key.bytes.span)
        for identity in definition.identities { spaces[identity.name] = IdentitySpace(identity, key: key) }
    }

    /// The space of that name. One that the configuration does not describe takes texts as they are.
    package subscript(name: String) -> IdentitySpace {
        spaces[name] ?? IdentitySpace(IdentityDefinition(name: name), key: key)
    }
}
