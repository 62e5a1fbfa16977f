import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// How soon it works, how much memory it takes, and how it ends.
    @Suite(.serialized)
    struct StartUp {
        @Test func `the first record is there soon after the start, and after a second start`() throws {
            let flow = try MirrorFlow()
            let admin = try flow.destination.admin()
            let place = TopicPartition(flow.topic, 0)
            try flow.source.create(flow.topic, partitions: 1)
            var end: Int64 = 0
            for start in ["a new flow", "a known flow"] {
                try flow.source.produce((0..<10).map { _ in LoadRecord(place, key: [1], value: [2]) })
                let begin = Date.now
                let process = try flow.start()
                try flow.eventually("a record in the destination") {
                    let ends = try? admin.offsets(of: [place], at: .latest, timeoutMilliseconds: 5_000)
                    guard case .success(let found) = ends?[place], found > end else { return false }
                    end = found
                    return true
                }
                let seconds = Date.now.timeIntervalSince(begin)
                report("first record after the start of \(start): \(seconds.formatted) s")
                #expect(seconds < MirrorScale.bound(2, else: 60), "\(flow.logs)")
                process.terminate()
                #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
                end = try flow.destination.end(of: place)
            }
        }

        @Test(arguments: Delivery.allCases)
        func `a copy at full rate is whole, ends by itself and stays small`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, total: MirrorScale.records)
            try load.fill()
            let begin = Date.now
            let process = try flow.startOnce()
            var residentBytesMax = 0
            try flow.eventually("the process ends", seconds: MirrorFlow.limitSeconds * 5) {
                residentBytesMax = process.residentBytesMax ?? residentBytesMax
                return !process.child.isRunning
            }
            let exit = process.waitForExit(seconds: 10)
            let seconds = Date.now.timeIntervalSince(begin)
            #expect(exit?.code == 0, "\(flow.logs)")
            // Judged only now: what the process says it copied is there when it ends.
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            guard let exit else { return }
            let (rate, megabytes) = (Double(load.total) / seconds, residentBytesMax / 1_000_000)
            report(
                "\(delivery.rawValue), \(load.total) records: \(Int(rate)) records/s with start and end, "
                    + "\(exit.cpuSeconds.formatted) CPU s, at most \(megabytes) MB resident")
            #expect((1...Self.residentMegabytesMax).contains(megabytes))
        }

        /// The promise is about what is shipped; an unoptimised build is larger.
        private static var residentMegabytesMax: Int {
            #if DEBUG
                300
            #else
                200
            #endif
        }

        @Test(arguments: Delivery.allCases)
        func `told to stop under load, it drains and ends in good order`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, ratePerSecond: 20_000, total: .max / 2)
            load.start()
            let process = try flow.start()
            try load.awaitReceived(5_000)
            let begin = Date.now
            process.terminate()
            let exit = process.waitForExit(seconds: 60)
            let seconds = Date.now.timeIntervalSince(begin)
            report("\(delivery.rawValue): drained and ended \(seconds.formatted) s after SIGTERM")
            #expect(exit?.code == 0, "\(flow.logs)")
            #expect(seconds < MirrorScale.bound(5, else: 30))
        }
    }
}

extension MartletProcess {
    /// The most memory that it ever held, while it runs. Asked of the kernel's own peak: what `wait4` tells of a child
    /// begins with the peak of the process that started it.
    fileprivate var residentBytesMax: Int? {
        let status = try? String(contentsOfFile: "/proc/\(child.processID)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}
