import Crypto
import Model
import Patterns

/// What is done to the records of one topic, on one lane's thread: taken or not, and sanitized.
package final class TopicShaper {
    package let topic: String
    package var sampler: Sampler?
    package let sanitizer: TopicSanitizer?
    /// Which rule of the definition it is sampled by.
    package let sampleRule: Int?
    package let policy: Int?
    private let seed: UInt64

    /// - Parameter wrap: for tests of the proof: may put another action in the place of one.
    /// - Throws: what is wrong with the definition.
    package init(
        _ shape: ShapeDefinition, topic: String, spaces: IdentitySpaces?,
        wrap: (SanitizeAction, any FieldAction) -> any FieldAction = { $1 }
    ) throws(ShapeFault) {
        self.topic = topic
        seed = Self.seed(of: topic)
        do throws(PatternFault) {
            sampleRule = try shape.sample.firstIndex(naming: topic) { $0.topics }
            sampler = try sampleRule.map { rule throws(PatternFault) in try Sampler(shape.sample[rule], topic: topic) }
            policy = try shape.sanitize?.policies.firstIndex(naming: topic) { $0.topics }
        } catch {
            throw ShapeFault("\(error)")
        }
        guard let policy, let sanitize = shape.sanitize, let spaces else {
            sanitizer = nil
            return
        }
        do throws(SanitizeFault) {
            sanitizer = try TopicSanitizer(
                sanitize.policies[policy],
                unlistedKey: wrap(IdentitySpaces.unlistedKey, spaces.action(IdentitySpaces.unlistedKey)),
                action: { wrap($0, spaces.action($0)) })
        } catch {
            throw ShapeFault("\(error)")
        }
    }

    package var isIdle: Bool { sampler == nil && sanitizer == nil }

    package func context(partition: Int32, offset: Int64, timestampMilliseconds: Int64) -> FieldContext {
        var mixed = seed ^ UInt64(UInt32(bitPattern: partition)) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ UInt64(bitPattern: offset)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return FieldContext(recordSeed: mixed ^ (mixed >> 31), timestampMilliseconds: timestampMilliseconds)
    }

    /// FNV-1a: the same in every process.
    private static func seed(of topic: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in topic.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

extension IdentitySpaces {
    /// What becomes of keys that nobody lists.
    static let unlistedKey = SanitizeAction.pseudonym(identity: "martlet-unlisted-key", as: .hex(32))

    /// The action of any rule.
    func action(_ action: SanitizeAction) -> any FieldAction {
        if let made = TextActions.make(action) ?? IdentityActions.make(action, spaces: self) { return made }
        preconditionFailure("an action that nobody makes")
    }
}

/// What is wrong with a definition of shaping.
package struct ShapeFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Array {
    /// The first element whose topics name `topic`.
    fileprivate func firstIndex(
        naming topic: String, topics: (Element) -> [TopicEntry]
    ) throws(PatternFault) -> Int? {
        for (index, element) in enumerated() {
            for entry in topics(element) {
                switch entry {
                case .literal(let name): if name == topic { return index }
                case .pattern(let text): if try Pattern(text).matchesWhole(topic) { return index }
                }
            }
        }
        return nil
    }
}
