import Configuration
import Console
import Foundation
import Model
import RdKafka

/// The flows that a command line asks for, out of its configuration.
struct LoadedConfiguration: Sendable {
    /// At least one.
    let flows: [FlowDefinition]
    private let file: String
    private let bytes: [UInt8]

    /// `nil` when the configuration has mistakes, all of which are on standard error then.
    init?(for invocation: Invocation) throws(UsageFault) {
        file = invocation.required(.config)
        let configuration: MirrorConfiguration
        do throws(ConfigurationProblems) {
            bytes = try MirrorConfiguration.bytes(of: file)
            configuration = try Self.load(bytes, file)
        } catch {
            Output.error(error.description)
            return nil
        }
        flows = try Self.flows(of: configuration, for: invocation)
    }

    /// The flow of a command that is about one.
    func onlyFlow(for invocation: Invocation) throws(UsageFault) -> FlowDefinition {
        guard flows.count == 1 else {
            let names = flows.map(\.name).joined(separator: ", ")
            throw UsageFault(
                message: "the configuration has several flows: name one with --flow (\(names))",
                command: invocation.command.name)
        }
        return flows[0]
    }

    /// The clusters of the text that was read at the start, with what its references lead to now.
    func clustersNow() throws(ConfigurationProblems) -> [ClusterDefinition] {
        try MirrorConfiguration.clusters(
            bytes: bytes, name: file, environment: ProcessInfo.processInfo.environment,
            propertyRefusal: ClientConfiguration.refusal)
    }

    private static func load(
        _ bytes: [UInt8], _ file: String
    ) throws(ConfigurationProblems) -> MirrorConfiguration {
        try MirrorConfiguration.load(
            bytes: bytes, name: file, environment: ProcessInfo.processInfo.environment,
            propertyRefusal: ClientConfiguration.refusal)
    }

    private static func flows(
        of configuration: MirrorConfiguration, for invocation: Invocation
    ) throws(UsageFault) -> [FlowDefinition] {
        guard let name = invocation.text(.flow) else { return configuration.flows }
        let named = configuration.flows.filter { $0.name == name }
        if named.isEmpty {
            let names = configuration.flows.map(\.name)
            let hint = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            throw UsageFault(
                message: "the configuration has no flow \"\(name)\"; it has \(names.joined(separator: ", "))\(hint)",
                command: invocation.command.name)
        }
        return named
    }
}
