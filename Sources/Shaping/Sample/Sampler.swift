import Crypto
import Model
import Patterns

/// Decides which records of one topic are taken, for one thread.
///
/// Every decision is a function of the definition and of the record alone, so it is the same on every process, in every
/// run, and after every move of a partition. What the hashes are made of is part of what users rely on: two versions of
/// the program that made them differently would tear stories apart.
package struct Sampler {
    private enum Way {
        case all
        case random
        case everyNth(Int64, phase: Int64)
        case key
        case header
        case keyPath(JSONFieldFinder)
        case value(JSONFieldFinder)
        case nowhere
    }

    private let way: Way
    private let onMissingID: SampleDefinition.MissingIDPolicy
    /// Of ids; the same for every topic with the same seed.
    private let ids: SipHash24
    /// Of places in the log; another one for every topic.
    private let draws: SipHash24
    /// The definition's.
    private let whole: SampleThreshold
    private let wholeRatio: Double
    /// What is taken now.
    private var threshold: SampleThreshold
    private var id: [UInt8] = []

    /// The share that is taken.
    package private(set) var ratio: Double
    /// Whose value is to be handed to `decide`; of several headers with such a name the last one, as Kafka's clients do.
    package var header: HeaderName?

    /// - Throws: when an expression among the definition's topics or headers is none.
    package init(_ definition: SampleDefinition, topic: String) throws(PatternFault) {
        let place = try Self.place(of: topic, in: definition.ids)
        if definition.mode == .byID, case .header(let name) = place { header = try HeaderName(name) }
        way = Self.way(definition, place)
        onMissingID = definition.onMissingID
        ids = SipHash24(key0: definition.seed, key1: Self.idsKey)
        let topicHash = SipHash24(key0: definition.seed, key1: Self.drawsKey).hash(Array(topic.utf8).span)
        draws = SipHash24(key0: topicHash, key1: Self.drawsKey)
        ratio = definition.ratio
        wholeRatio = definition.ratio
        whole = SampleThreshold(ratio: definition.ratio)
        threshold = whole
    }

    /// "sampled " and "random  " in ASCII: an id's fate tells nothing of a draw's.
    private static let idsKey: UInt64 = 0x7361_6d70_6c65_6420
    private static let drawsKey: UInt64 = 0x7261_6e64_6f6d_2020

    private static func place(
        of topic: String, in sources: [SampleDefinition.IDSource]
    ) throws(PatternFault) -> FieldPlace? {
        for source in sources {
            for entry in source.topics {
                switch entry {
                case .literal(let name): if name == topic { return source.place }
                case .pattern(let text): if try Pattern(text).matchesWhole(topic) { return source.place }
                }
            }
        }
        return nil
    }

    private static func way(_ definition: SampleDefinition, _ place: FieldPlace?) -> Way {
        switch definition.mode {
        case .all: return .all
        case .random: return .random
        case .everyNth:
            let nth = max(definition.nth, 1)
            return .everyNth(nth, phase: Int64(definition.seed % UInt64(nth)))
        case .byKey: return .key
        case .byID:
            switch place {
            case .value(let path): return .value(JSONFieldFinder(path))
            case .keyPath(let path): return .keyPath(JSONFieldFinder(path))
            case .key: return .key
            case .header: return .header
            case nil: return .nowhere
            }
        }
    }

    /// Takes this part of the share from here on, of ids and keys: a smaller one's are among a larger one's.
    package mutating func lower(to factor: Double) {
        switch way {
        case .all, .random, .everyNth: return
        case .key, .header, .keyPath, .value, .nowhere: break
        }
        ratio = wholeRatio * factor
        threshold = SampleThreshold(ratio: ratio)
    }

    /// Whether the record is taken. A key, value or header that is missing or null is `nil`.
    ///
    /// A record without value has no id in its value: where keys are deleted by such records, take the id from the key.
    package mutating func decide(
        partition: Int32, offset: Int64, key: Span<UInt8>?, value: Span<UInt8>?, header: Span<UInt8>?
    ) -> SampleAnswer {
        switch way {
        case .all: return .take
        case .random:
            let hash = draws.hash(UInt64(truncatingIfNeeded: partition), UInt64(bitPattern: offset))
            return threshold.keeps(hash) ? .take : .drop
        case .everyNth(let nth, let phase): return offset % nth == phase ? .take : .drop
        case .key: return decide(byText: key, else: .noKey)
        case .header: return decide(byText: header, else: .noHeader)
        case .keyPath(let finder): return decide(by: finder, in: key, else: .notInKey)
        case .value(let finder): return decide(by: finder, in: value, else: .notInValue)
        case .nowhere: return answer(missing: .noPlace)
        }
    }

    private func decide(byText text: Span<UInt8>?, else missing: SampleAnswer.MissingID) -> SampleAnswer {
        guard let text, text.count > 0 else { return answer(missing: missing) }
        return answer(ids.hash(text))
    }

    private mutating func decide(
        by finder: JSONFieldFinder, in document: Span<UInt8>?, else missing: SampleAnswer.MissingID
    ) -> SampleAnswer {
        id.removeAll(keepingCapacity: true)
        guard let document, finder.appendText(of: document, to: &id) else { return answer(missing: missing) }
        return answer(ids.hash(id.span))
    }

    private func answer(_ hash: UInt64) -> SampleAnswer {
        if threshold.keeps(hash) { return .take }
        return whole.keeps(hash) ? .sampledDown : .drop
    }

    private func answer(missing: SampleAnswer.MissingID) -> SampleAnswer {
        switch onMissingID {
        case .drop: .drop
        case .keep: .take
        case .stop: .stop(missing)
        }
    }
}
