import Foundation
import KafkaPorts
import Log
import Model
import RdKafka
import Shaping

/// Sets the rate of a flow at run time, and its kill switch, through the flow's control topic: every process obeys within
/// two seconds. What was set stands in the place of the configuration's rate until it is set again.
package struct RateRequest {
    /// What is in force, as the control topic has it.
    package struct State: Sendable {
        /// `nil`: the configuration's.
        package var setting: RateSetting?
        /// The last one that the steward wrote; of a flow that does not run, it is old.
        package var lease: LeaseMessage?
        /// Of a flow that replays.
        package var plan: ReplayPlan?
    }

    private let flow: FlowDefinition
    private let clients: FlowClients
    private static let timeoutMilliseconds: Int32 = 10_000

    package init(_ flow: FlowDefinition, logger: Logger) {
        self.flow = flow
        clients = FlowClients(
            flow: flow, instance: "rate-" + String(UInt64.random(in: .min ... .max), radix: 36), logger: logger)
    }

    package func state() throws(FlowFault) -> State {
        var state = State()
        for (key, value) in try records() {
            guard let value else { continue }
            if key == RateSetting.key, let setting = try? RateSetting(decoding: value),
                setting.replaces(state.setting)
            {
                state.setting = setting
            } else if key == ReplayPlan.key {
                state.plan = ReplayPlan(decoding: value) ?? state.plan
            } else if key == LeaseMessage.key, let lease = try? LeaseMessage(decoding: value), !lease.isClaim {
                state.lease = lease
            }
        }
        return state
    }

    /// - Parameters:
    ///   - change: makes the new limits of those in force.
    ///   - pauses: `nil` leaves the kill switch as it is.
    ///   - speed: of a replay; `nil` leaves it as it is.
    package func set(
        pauses: Bool?, speed: Double? = nil, _ change: (RateLimits) -> RateLimits
    ) throws(FlowFault) -> RateSetting {
        let before = try state().setting
        let rate = flow.shape.pace?.rate
        let limits =
            before?.limits
            ?? RateLimits(recordsPerSecond: rate?.recordsPerSecond, bytesPerSecond: rate?.bytesPerSecond)
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let setting = RateSetting(
            id: max(now, (before?.id ?? 0) + 1), limits: change(limits), paused: pauses ?? before?.paused ?? false,
            speed: speed ?? before?.speed)
        try write(setting)
        return setting
    }

    private func records() throws(FlowFault) -> [(key: [UInt8], value: [UInt8]?)] {
        var control = try clients.readControl(try clients.commandAdmin())
        return control.takeRateRecords()
    }

    private func write(_ setting: RateSetting) throws(FlowFault) {
        var reason = "nobody answered"
        do throws(KafkaFault) {
            var producer = try LoadProducer(
                clients.requestProducer(timeoutMilliseconds: Self.timeoutMilliseconds), log: clients.logger("rate"))
            _ = try producer.produce(
                LoadRecord(TopicPartition(flow.controlTopic, 0), key: RateSetting.key, value: setting.encoded),
                ticket: 1)
            let deadline = Instant.now.advanced(milliseconds: 2 * Int64(Self.timeoutMilliseconds))
            var report: LoadReport?
            while report == nil, Instant.now < deadline { report = producer.poll(waitMilliseconds: 100).first }
            if report?.code == 0 { return }
            if let report { reason = KafkaFault.name(ofCode: report.code) }
        } catch {
            reason = "\(error)"
        }
        throw FlowFault(
            "the rate could not be written: \(reason)",
            remedy: "see whether the destination answers and allows WRITE on \(flow.controlTopic)")
    }
}
