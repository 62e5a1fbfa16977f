import Console
import Foundation
import Log
import Mirror
import Model
import Shaping

/// `martlet rate`: how fast a running flow goes, and its kill switch.
struct RateCommand {
    private let invocation: Invocation
    private let flow: FlowDefinition?
    private let speed: Double?

    init(_ invocation: Invocation) throws(UsageFault) {
        self.invocation = invocation
        if invocation.isSet(.stop), invocation.isSet(.resume) {
            throw Self.fault("--stop and --resume exclude each other")
        }
        speed = invocation.text(.speed).flatMap(Double.init)
        if let text = invocation.text(.speed), speed.map({ !ReplayDefinition.speeds.contains($0) }) ?? true {
            throw Self.fault("--speed is \"\(text)\"; expected a number from 0.1 to 20")
        }
        guard let only = try LoadedConfiguration(for: invocation)?.onlyFlow(for: invocation) else {
            flow = nil
            return
        }
        guard only.shape.touchesRecords else {
            throw Self.fault("the flow \(only.name) has no `shape`: nothing in it obeys a rate")
        }
        let isReplay = only.shape.pace?.replay != nil
        if isReplay, invocation.isSet(.recordsPerSecond) || invocation.isSet(.bytesPerSecond) {
            throw Self.fault("the flow \(only.name) keeps the rhythm of its records (pace: original); use --speed")
        }
        if !isReplay, speed != nil {
            throw Self.fault("the flow \(only.name) does not replay (pace: original); use --records-per-s")
        }
        flow = only
    }

    private static func fault(_ message: String) -> UsageFault { UsageFault(message: message, command: "rate") }

    func run() -> ExitCode {
        guard let flow else { return .usage }
        do throws(FlowFault) {
            let request = RateRequest(flow, logger: Logger(level: .warning))
            if isChange {
                let setting = try request.set(pauses: pauses, speed: speed) { limits in changed(limits) }
                show(RateAnswer(flow, setting))
            } else {
                let state = try request.state()
                show(RateAnswer(flow, state.setting, lease: state.lease, plan: state.plan))
            }
            return .success
        } catch {
            Output.error("martlet: \(error)")
            return .failure
        }
    }

    private var isChange: Bool {
        [.recordsPerSecond, .bytesPerSecond, .speed, .stop, .resume].contains { invocation.isSet($0) }
    }

    private var pauses: Bool? { invocation.isSet(.stop) ? true : invocation.isSet(.resume) ? false : nil }

    private func changed(_ limits: RateLimits) -> RateLimits {
        var limits = limits
        if let records = invocation.text(.recordsPerSecond).flatMap(Double.init) { limits.recordsPerSecond = records }
        if let bytes = invocation.text(.bytesPerSecond).flatMap(Double.init) { limits.bytesPerSecond = bytes }
        return limits
    }

    private func show(_ answer: RateAnswer) {
        if invocation.isSet(.json) { Output.write(json: answer) } else { Output.write(answer.text) }
    }
}

/// What `martlet rate` says. Its JSON form is part of the interface.
struct RateAnswer: Encodable, Equatable {
    let flow: String
    let recordsPerSecond: Double?
    let bytesPerSecond: Double?
    /// `global`, or `topic` or `partition`: each has the rate.
    let scope: String
    /// With `excess: sample_down`, the part of the sample's ids that is taken, as last written.
    let sampledPart: Double?
    let isStopped: Bool
    /// Set at run time, and not the configuration's.
    let isSet: Bool
    /// Of each process, the share of the rate that it holds, as last written.
    let shares: [String: Double]
    /// Of a flow that replays.
    let replay: Replay?

    struct Replay: Encodable, Equatable {
        let speed: Double
        /// Up to where records are due; `nil`: it has not begun.
        let sourceMilliseconds: Int64?
        let isOver: Bool
    }

    init(_ flow: FlowDefinition, _ setting: RateSetting?, lease: LeaseMessage? = nil, plan: ReplayPlan? = nil) {
        replay = flow.shape.pace?.replay.map { definition in
            let at = plan?.sourceMilliseconds(atWall: Int64(Date.now.timeIntervalSince1970 * 1e9))
            return Replay(
                speed: setting?.speed ?? definition.speed, sourceMilliseconds: at,
                isOver: at.flatMap { at in definition.to.map { at >= $0 } } ?? false)
        }
        let rate = flow.shape.pace?.rate
        self.flow = flow.name
        recordsPerSecond = setting == nil ? rate?.recordsPerSecond : setting?.recordsPerSecond
        bytesPerSecond = setting == nil ? rate?.bytesPerSecond : setting?.bytesPerSecond
        scope = (rate?.scope ?? .global).rawValue
        sampledPart = lease?.sampleStep.map(SampleLadder.factor(step:))
        isStopped = setting?.paused ?? false
        isSet = setting != nil
        var shares: [String: Double] = [:]
        for grant in lease?.grants ?? [] where grant.share > 0 && rate?.scope ?? .global == .global {
            shares[grant.instance] = Double(grant.share) / Double(Lease.whole)
        }
        self.shares = shares
    }

    var text: String {
        var lines = [replay.map(Self.text) ?? rateText].map { "\(flow): \($0), \(origin)" }
        if isStopped { lines.append("stopped by the kill switch: nothing is sent; --resume lets it go on") }
        if let sampledPart, sampledPart < 1 {
            lines.append("more is offered: 1 of \(Self.plain(1 / sampledPart)) of the sample's ids is taken")
        }
        for (instance, share) in shares.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(instance): \(Self.plain((share * 1_000).rounded() / 10)) %")
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ replay: Replay) -> String {
        let speed = "replays at \(plain(replay.speed))x"
        guard let milliseconds = replay.sourceMilliseconds else { return speed }
        let at = Date(timeIntervalSince1970: Double(milliseconds) / 1_000).ISO8601Format()
        return replay.isOver ? "\(speed), the window is over" : "\(speed), now at \(at)"
    }

    private var rateText: String {
        let rates = [
            recordsPerSecond.map { "\(Self.plain($0)) records/s" }, bytesPerSecond.map { "\(Self.plain($0)) bytes/s" },
        ].compactMap { $0 }
        let each = scope == "global" ? "" : " for each \(scope)"
        return rates.isEmpty ? "no limit" : rates.joined(separator: ", ") + each
    }

    private var origin: String { isSet ? "set at run time" : "from the configuration" }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
