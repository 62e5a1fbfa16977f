import Configuration
import Console
import Foundation
import Model
import RdKafka

/// The flows that a command line asks for, out of its configuration.
enum LoadedConfiguration {
    /// - Returns: at least one flow; `nil` when the configuration has mistakes, all of which are on standard error then.
    static func flows(for invocation: Invocation) throws(UsageFault) -> [FlowDefinition]? {
        let configuration: MirrorConfiguration
        do throws(ConfigurationProblems) {
            configuration = try MirrorConfiguration.load(
                file: invocation.required(.config), environment: ProcessInfo.processInfo.environment,
                propertyRefusal: ClientConfiguration.refusal)
        } catch {
            Output.error(error.description)
            return nil
        }
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
