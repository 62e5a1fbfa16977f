import Model

/// Turns the tree of a configuration into its meaning. Mistakes go into the reader's ledger; decoding goes on after
/// each, so that one run finds them all, and a value that depends on a mistake is quietly left out.
struct MirrorDecoder {
    let reader: FieldReader
    let propertyRefusal: MirrorConfiguration.PropertyRefusal

    private enum RootKey: String, CaseIterable { case clusters, flows }
    private enum ClusterKey: String, CaseIterable { case bootstrap, kafka }

    /// The name becomes a part of the default name of a flow, two of them at most 81 characters.
    private static let clusterNameLengthMax = 40

    /// `nil` when nothing could be made of it; a whole mirror is to be used only if the ledger is empty.
    func mirror(_ root: Node) -> MirrorConfiguration? {
        guard let section = reader.section(Field(path: "", node: root), keys: RootKey.self) else { return nil }
        let clusterField = reader.required(.clusters, of: section, expected: "a map of cluster names")
        let clusters = clusterField.flatMap { self.clusters($0) }
        let flowsExpected = "a list of flows, each with from, to and topics"
        let flowFields = reader.required(.flows, of: section, expected: flowsExpected)
            .flatMap { reader.items($0, expected: flowsExpected) }
        var decoder = FlowDecoder(reader: reader, clusters: clusters)
        let flows = (flowFields ?? []).compactMap { decoder.flow($0) }
        return MirrorConfiguration(clusters: clusters?.compactMap(\.definition) ?? [], flows: flows)
    }

    func clusters(ofRoot root: Node) -> [ClusterDefinition]? {
        reader.section(Field(path: "", node: root), keys: RootKey.self)
            .flatMap { reader.required(.clusters, of: $0, expected: "a map of cluster names") }
            .flatMap { clusters($0)?.compactMap(\.definition) }
    }

    private func clusters(_ field: Field) -> [NamedCluster]? {
        let expected = "a map of cluster names"
        guard let entries = reader.entries(field, expected: expected) else { return nil }
        guard !entries.isEmpty else {
            reader.ledger.note(at: field.place, "\(field.path) is empty; expected \(expected)")
            return nil
        }
        return entries.map { entry in
            if !entry.name.isPlainName(lengthMax: Self.clusterNameLengthMax) {
                let rule = "letters, digits and -, at most \(Self.clusterNameLengthMax)"
                reader.ledger.note(at: entry.keyPlace, "\(entry.field.path) is no name for a cluster; expected \(rule)")
            }
            return NamedCluster(name: entry.name, definition: cluster(entry.field, name: entry.name))
        }
    }

    private func cluster(_ field: Field, name: String) -> ClusterDefinition? {
        guard let section = reader.section(field, keys: ClusterKey.self) else { return nil }
        let expected = "brokers as host:port, separated by commas"
        let bootstrap = reader.required(.bootstrap, of: section, expected: expected)
            .flatMap { reader.value($0, expected: expected, parse: brokerList(_:)) }
        let properties = section[.kafka].map { self.properties($0) } ?? []
        return bootstrap.map { ClusterDefinition(name: name, bootstrap: $0, properties: properties) }
    }

    private func properties(_ field: Field) -> [ClientProperty] {
        let entries = reader.entries(field, expected: "a map of librdkafka properties") ?? []
        return entries.compactMap { entry in
            let path = entry.field.path
            if let advice = OwnedProperties.advice(against: entry.name) {
                reader.ledger.note(at: entry.keyPlace, "\(path) belongs to Martlet; \(advice)")
                return nil
            }
            guard let text = reader.text(entry.field, expected: "text, in quotes where it is empty") else { return nil }
            let property = ClientProperty(entry.name, text.value)
            if let refusal = propertyRefusal(property) {
                let reason = text.value.isEmpty ? refusal : refusal.replacing(text.value, with: "...")
                reader.ledger.note(at: entry.keyPlace, "\(path) is refused by librdkafka: \(reason)")
            }
            return property
        }
    }
}

/// A cluster of the file, `definition` being `nil` when it has a mistake: flows may still refer to it.
struct NamedCluster {
    let name: String
    let definition: ClusterDefinition?
}

/// `host:port` pairs without blanks, or `nil` when one of them is none. An IPv6 address stands in brackets.
func brokerList(_ text: String) -> String? {
    let brokers = text.split(separator: ",", omittingEmptySubsequences: false).map { broker in
        broker.trimmingBlanks
    }
    for broker in brokers {
        guard let colon = broker.lastIndex(of: ":"),
            let port = wholeNumber(String(broker[broker.index(after: colon)...])), (1...65_535).contains(port)
        else { return nil }
        let host = broker[..<colon]
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isAddress ? host.dropFirst().dropLast() : host
        let others = isAddress ? ":%.-_" : ".-_"
        let isLegal = name.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || others.utf8.contains($0) }
        guard !name.isEmpty, isLegal else { return nil }
    }
    return brokers.joined(separator: ",")
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
        let end = lastIndex { !isBlank($0) }.map { index(after: $0) } ?? startIndex
        return self[..<end].drop(while: isBlank)
    }
}

extension String {
    /// ASCII letters, digits and `-` only: such names can be joined by `.` or `-` into topics and ids.
    func isPlainName(lengthMax: Int) -> Bool {
        (1...lengthMax).contains(utf8.count)
            && utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }
}
