import Foundation
import Testing

@testable import Trials
@testable import Verify

/// What `verify attach` decides before it touches anything, and of what it may delete.
struct AttachTests {
    private func options(prefix: String = "") -> AttachOptions {
        var options = AttachOptions(
            source: .init(bootstrap: "a"), destination: .init(bootstrap: "b"), topic: "judged-1")
        options.destinationPrefix = prefix
        return options
    }

    @Test func `a topic's name has the second and a number, so that no mirror remembers it`() {
        let date = Date(timeIntervalSince1970: 1_767_323_045)
        #expect(
            AttachOptions.topicName(prefix: "martlet-verify-", at: date, number: 0xabc)
                == "martlet-verify-20260102-030405-0abc")
        let names = (0..<1_000).map { AttachOptions.topicName(prefix: "x", at: date, number: UInt32($0)) }
        #expect(Set(names).count == 1_000)
    }

    @Test func `names that Kafka refuses are refused before anything is made`() {
        #expect(AttachOptions.refusal(ofTopic: "us-east.martlet_verify-1") == nil)
        for name in ["", "a b", "a/b", "é", String(repeating: "a", count: 250)] {
            #expect(AttachOptions.refusal(ofTopic: name) != nil, "\(name)")
        }
    }

    @Test func `the copy has the mirror's prefix`() {
        #expect(options().copy == "judged-1")
        #expect(options(prefix: "us-east.").copy == "us-east.judged-1")
    }

    @Test func `retention is longer than all that a trial can take, unless it is given`() {
        var options = options()
        (options.seconds, options.waitSeconds, options.concludeSeconds) = (600, 300, 100)
        #expect(options.retention == 8_200_000)
        options.retentionMilliseconds = 5
        #expect(options.retention == 5)
    }

    @Test func `only what was made, or made from it, may be deleted`() {
        #expect(TopicOwnership().deletions == [])
        // Whoever has a topic of this name at the destination keeps it, also when the source's cannot be made.
        #expect(TopicOwnership(isSourceMade: false, wasCopyAbsent: true).deletions == [])
        #expect(TopicOwnership(isSourceMade: true, wasCopyAbsent: false).deletions == [.source])
        #expect(TopicOwnership(isSourceMade: true, wasCopyAbsent: true).deletions == [.source, .destination])
    }

    @Test func `where nothing arrives, the remedy names the topic and the options`() {
        let absent = options(prefix: "us-east.").remedy(isCopyThere: false)
        for word in ["judged-1", "us-east.judged-1", "--topic-prefix", "--destination-prefix", "--wait"] {
            #expect(absent.contains(word))
        }
        let silent = options().remedy(isCopyThere: true)
        #expect(!silent.contains("--topic-prefix"))
        #expect(silent.contains("no record of it came"))
    }

    @Test func `seconds are the differences of totals`() {
        var row = SampleRow()
        row.note([(sent: 10, judge: JudgeProgress())], at: 1)
        row.note([(sent: 25, judge: JudgeProgress()), (sent: 5, judge: JudgeProgress())], at: 2)
        #expect(row.samples.map(\.sent) == [10, 20])
        #expect(row.samples.map(\.second) == [1, 2])
        #expect(row.samples.allSatisfy { $0.processorCores == nil && $0.p50Milliseconds == nil })
    }

    /// While a process is told to end it belongs to nobody; when it has ended, all that it ever used is known at once.
    @Test func `a process that ends looks like no work of one second`() {
        var row = SampleRow()
        for (second, used) in [10.0, 11, 3, 12.5].enumerated() {
            row.note([], MirrorCrew.Usage(processes: 1, cpuSeconds: used), at: second)
        }
        #expect(row.samples.map(\.processorCores) == [10, 1, 0, 1.5])
    }
}
