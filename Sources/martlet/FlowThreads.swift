import Dispatch
import Foundation
import Log
import Mirror
import Model
import Synchronization

/// Flows of this process, each on a thread of its own, and how they ended.
final class FlowThreads: Sendable {
    private struct Endings {
        var ended = 0
        var faults: [(flow: String, fault: FlowFault)] = []
    }

    /// In the order of the configuration.
    let runners: [(flow: String, runner: FlowRunner)]
    private let definitions: [FlowDefinition]
    private let endings = Mutex(Endings())
    private let changed = DispatchSemaphore(value: 0)
    private let stopWasAsked = Atomic(false)

    init(flows: [FlowDefinition], instance: String, once: Bool, logger: Logger) {
        definitions = flows
        runners = flows.map { flow in
            (flow.name, FlowRunner(flow: flow, instance: instance, once: once, logger: logger))
        }
    }

    func start() {
        for (flow, runner) in runners {
            let thread = Thread { [self] in
                do throws(FlowFault) {
                    try runner.run()
                    end(nil)
                } catch {
                    end((flow, error))
                }
            }
            thread.name = flow
            thread.start()
        }
    }

    /// Begins every flow's drain. From any thread, and more than once without harm.
    func stop() {
        stopWasAsked.store(true, ordering: .relaxed)
        for (_, runner) in runners { runner.stop() }
        changed.signal()
    }

    /// Has every flow of one of these clusters begin again, with what the clusters say now.
    func renew(_ changed: Set<String>, clusters: [ClusterDefinition]) {
        for (definition, (_, runner)) in zip(definitions, runners) {
            let ends = [definition.source.name, definition.destination.name]
            guard !changed.isDisjoint(with: ends), let source = clusters.first(where: { $0.name == ends[0] }),
                let destination = clusters.first(where: { $0.name == ends[1] })
            else { continue }
            runner.renew(source: source, destination: destination)
        }
    }

    var areStopping: Bool { stopWasAsked.load(ordering: .relaxed) }

    var areOver: Bool { endings.withLock { $0.ended == runners.count } }

    /// What ended a flow against its will.
    var faults: [(flow: String, fault: FlowFault)] { endings.withLock { $0.faults } }

    /// Waits until something changed, at most this long.
    func wait(milliseconds: Int) {
        _ = changed.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    private func end(_ fault: (flow: String, fault: FlowFault)?) {
        endings.withLock { endings in
            endings.ended += 1
            if let fault { endings.faults.append(fault) }
        }
        changed.signal()
    }
}
