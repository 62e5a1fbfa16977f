import Model

/// Everything that a configuration says, after every check.
package struct MirrorConfiguration: Sendable {
    /// In the order of the file.
    package let clusters: [ClusterDefinition]
    /// In the order of the file; never empty.
    package let flows: [FlowDefinition]

    /// Judges one librdkafka property: `nil` when the library takes it, else why not.
    ///
    /// The answer is printed. It should not hold the property's value; where it does, the value is blotted out.
    package typealias PropertyRefusal = (ClientProperty) -> String?

    /// Larger files are refused: the largest honest configuration is a few thousand lines.
    package static let fileBytesMax = 1 << 20

    /// Reads a file in YAML.
    ///
    /// - Parameters:
    ///   - file: its path; it stands before every problem, as it is given here.
    ///   - environment: where `${NAME}` is looked up.
    ///   - propertyRefusal: asked about every property below `kafka:` that Martlet itself does not refuse.
    /// - Throws: every mistake that was found, not only the first. Nothing of the file is used then.
    package static func load(
        file: String, environment: [String: String], propertyRefusal: @escaping PropertyRefusal
    ) throws(ConfigurationProblems) -> MirrorConfiguration {
        try load(
            bytes: bytes(of: file), name: file, environment: environment, propertyRefusal: propertyRefusal)
    }

    /// The bytes of a configuration file, for who wants to load the same text again: what it refers to may change.
    package static func bytes(of file: String) throws(ConfigurationProblems) -> [UInt8] {
        do {
            return try readFile(file, bytesMax: fileBytesMax)
        } catch {
            let ledger = ProblemLedger()
            ledger.note(at: nil, "cannot be read: \(error); expected a file of YAML")
            throw ledger.report(file: file)
        }
    }

    /// Reads a text in YAML. `name` stands before every problem where the name of a file would.
    package static func load(
        text: String, name: String, environment: [String: String], propertyRefusal: @escaping PropertyRefusal
    ) throws(ConfigurationProblems) -> MirrorConfiguration {
        try load(bytes: Array(text.utf8), name: name, environment: environment, propertyRefusal: propertyRefusal)
    }

    /// The clusters alone: what their references lead to changes while flows run, and nothing else is read for it.
    package static func clusters(
        bytes: [UInt8], name: String, environment: [String: String], propertyRefusal: @escaping PropertyRefusal
    ) throws(ConfigurationProblems) -> [ClusterDefinition] {
        let ledger = ProblemLedger()
        if let root = documentRoot(of: bytes, ledger: ledger) {
            let reader = FieldReader(ledger: ledger, environment: environment, file: name)
            let decoder = MirrorDecoder(reader: reader, propertyRefusal: propertyRefusal)
            if let clusters = decoder.clusters(ofRoot: root), ledger.isEmpty { return clusters }
        }
        throw ledger.report(file: name)
    }

    /// Reads bytes that should be a text in YAML and UTF-8.
    package static func load(
        bytes: [UInt8], name: String, environment: [String: String], propertyRefusal: @escaping PropertyRefusal
    ) throws(ConfigurationProblems) -> MirrorConfiguration {
        let ledger = ProblemLedger()
        if let root = documentRoot(of: bytes, ledger: ledger) {
            let reader = FieldReader(ledger: ledger, environment: environment, file: name)
            let decoder = MirrorDecoder(reader: reader, propertyRefusal: propertyRefusal)
            if let mirror = decoder.mirror(root), ledger.isEmpty { return mirror }
        }
        throw ledger.report(file: name)
    }
}
