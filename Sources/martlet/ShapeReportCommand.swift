import Console
import Foundation
import Log
import Mirror
import Model
import Shaping

/// `martlet shape report`: what a run has done to records, as text, JSON, or one page.
struct ShapeReportCommand {
    private let invocation: Invocation
    private let flow: FlowDefinition?

    init(_ invocation: Invocation) throws(UsageFault) {
        self.invocation = invocation
        guard let only = try LoadedConfiguration(for: invocation)?.onlyFlow(for: invocation) else {
            flow = nil
            return
        }
        guard only.shape.touchesRecords else {
            throw UsageFault(
                message: "the flow \(only.name) has no `shape`: there is nothing to report", command: "shape report")
        }
        flow = only
    }

    func run() -> ExitCode {
        guard let flow else { return .usage }
        do throws(FlowFault) {
            guard let report = try ReportRequest(flow, logger: Logger(level: .warning)).report() else {
                Output.error("martlet: no process of \(flow.name) has told anything yet: run it, and ask again")
                return .failure
            }
            if let path = invocation.text(.html), !write(ShapeReportPage(report).html, to: path) { return .usage }
            if invocation.isSet(.json) {
                Output.write(json: report)
            } else {
                Output.write(ShapeReportText(report).text)
            }
            return report.findings.isEmpty ? .success : .failure
        } catch {
            Output.error("martlet: \(error)")
            return .failure
        }
    }

    private func write(_ page: String, to path: String) -> Bool {
        do {
            try Data(page.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            return true
        } catch {
            Output.error("martlet: \(path) cannot be written: name a file in an existing folder with --html")
            return false
        }
    }
}
