import Foundation
import Verify

/// What one scenario showed of one mirror: everything that is printed, written as JSON and drawn.
package struct TrialReport: Sendable, Codable {
    package enum Outcome: String, Sendable, Codable {
        case passed, failed
        /// This machine cannot do what the scenario needs: never a pass.
        case notRun = "not run"
    }

    package var scenario: ScenarioName
    /// As it was asked for: `martlet`, `mirrormaker2`, or the command.
    package var mirror: String
    package var mirrorVersion: String?
    package var claim: Claim
    package var seed: UInt64
    package var began: Date
    /// From the first record to the verdict.
    package var seconds: Double
    /// What a person types to have the same again.
    package var command: String
    package var machine: Machine
    package var outcome: Outcome
    /// Why it was not run, or what ended it early.
    package var reason: String?
    package var lines: [PassLine] = []
    package var marks: [Mark] = []
    package var samples: [Sample] = []
    package var topics: [TopicResult] = []

    package init(
        scenario: ScenarioName, mirror: String, mirrorVersion: String? = nil, claim: Claim, seed: UInt64, began: Date,
        seconds: Double, command: String, machine: Machine, outcome: Outcome, reason: String? = nil
    ) {
        self.scenario = scenario
        self.mirror = mirror
        self.mirrorVersion = mirrorVersion
        self.claim = claim
        self.seed = seed
        self.began = began
        self.seconds = seconds
        self.command = command
        self.machine = machine
        self.outcome = outcome
        self.reason = reason
    }
}

/// How a scenario is called.
package struct ScenarioName: Sendable, Codable, Hashable {
    /// `S4`.
    package let id: String
    /// For the command line: `kill-destination-broker`.
    package let name: String
    /// One line for people.
    package let title: String

    package init(id: String, name: String, title: String) {
        self.id = id
        self.name = name
        self.title = title
    }
}

/// Where it was measured.
package struct Machine: Sendable, Codable, Hashable {
    package var processor: String
    package var cores: Int
    package var memoryMebibytes: Int
    package var system: String
    package var kafka: String

    package init(processor: String, cores: Int, memoryMebibytes: Int, system: String, kafka: String) {
        self.processor = processor
        self.cores = cores
        self.memoryMebibytes = memoryMebibytes
        self.system = system
        self.kafka = kafka
    }
}

/// One condition of a scenario, and what was measured of it.
package struct PassLine: Sendable, Codable, Hashable {
    /// What is demanded: `moved partitions stand still for less than 5 s`.
    package let demand: String
    /// What was seen: `2.1 s`.
    package let measured: String
    package let isMet: Bool
    /// Whether it decides anything. On a busy machine times are shown, and tell nothing about a mirror.
    package let isJudged: Bool

    /// Neither met nor judged is no failure.
    package var isFailure: Bool { isJudged && !isMet }

    /// `met`, `not met`, or `shown`.
    package var standing: String { isJudged ? (isMet ? "met" : "not met") : "shown" }

    package init(_ demand: String, measured: String, isMet: Bool, isJudged: Bool = true) {
        self.demand = demand
        self.measured = measured
        self.isMet = isMet
        self.isJudged = isJudged
    }
}

/// Something that the scenario did, at a second of the trial.
package struct Mark: Sendable, Codable, Hashable {
    package enum Kind: String, Sendable, Codable {
        case fault, heal, step
    }

    package let kind: Kind
    package let second: Double
    /// `destination broker 2 killed`.
    package let text: String

    package init(_ kind: Kind, second: Double, text: String) {
        self.kind = kind
        self.second = second
        self.text = text
    }
}

/// One second of a trial.
package struct Sample: Sendable, Codable, Hashable {
    /// The end of it, counted from the trial's beginning.
    package var second: Int
    /// Records that the source acknowledged in it, and that were judged at the destination.
    package var sent: Int64
    package var received: Int64
    /// From the intended sending to the reading; `nil` without records.
    package var p50Milliseconds: Double?
    package var p99Milliseconds: Double?
    /// Of all processes of the mirror together; `nil` while none runs.
    package var processorCores: Double?
    package var memoryMebibytes: Double?
    package var connections: Int?
    package var processes: Int

    package init(second: Int, sent: Int64 = 0, received: Int64 = 0, processes: Int = 0) {
        self.second = second
        self.sent = sent
        self.received = received
        self.processes = processes
    }
}

/// One mirrored topic: the verdict on it, and its partitions over time.
package struct TopicResult: Sendable, Codable {
    package var topic: String
    package var verdict: Verdict
    /// Index: the partition's number.
    package var partitions: [PartitionTrail]

    package init(topic: String, verdict: Verdict, partitions: [PartitionTrail]) {
        self.topic = topic
        self.verdict = verdict
        self.partitions = partitions
    }
}
