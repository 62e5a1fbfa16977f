import Console
import Foundation
import Model
import RdKafka
import Synchronization
import Verify

/// What the commands of `martlet verify` read from their words and files in the same way.
enum VerifySettings {
    /// `a,b`: neither empty ones nor the same twice.
    static func names(_ option: Option, of invocation: Invocation) throws(UsageFault) -> [String] {
        let names = invocation.required(option).split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard !names.contains(""), Set(names).count == names.count else {
            throw fault(
                option, "is \"\(invocation.required(option))\"; expected names with commas, none twice", invocation)
        }
        return names
    }

    /// `1000`, `100-2000` or `exp:1000:50000`.
    static func sizes(_ invocation: Invocation) throws(UsageFault) -> ValueSizes {
        let text = invocation.required(.size)
        let exponential = text.split(separator: ":", omittingEmptySubsequences: false)
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        var sizes: ValueSizes?
        if exponential.count == 3, exponential[0] == "exp", let mean = Int(exponential[1]),
            let cap = Int(exponential[2])
        {
            sizes = .exponential(mean: mean, cap: cap)
        } else if let from = bounds.first ?? nil, let to = bounds.last ?? nil, bounds.count <= 2 {
            sizes = .even(from: from, to: to)
        }
        guard let sizes, sizes.fault == nil else {
            throw fault(.size, "is \"\(text)\"; expected 1000, 100-2000, or exp:1000:50000", invocation)
        }
        return sizes
    }

    static func pace(_ invocation: Invocation) throws(UsageFault) -> Pace {
        var pace = Pace(ratePerSecond: invocation.number(.loadRate))
        guard let text = invocation.text(.burst) else { return pace }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        if parts.count == 3, let factor = parts[0], let length = parts[1], let period = parts[2],
            (1...1_000).contains(factor)
        {
            pace.burst = Pace.Burst(factor: Int(factor), milliseconds: length, periodMilliseconds: period)
        }
        guard pace.burst != nil, pace.fault == nil else {
            throw fault(
                .burst,
                "is \"\(text)\"; expected a factor up to 100, the length of a burst and that of a period in "
                    + "milliseconds, such as 5:2000:60000, and a --rate", invocation)
        }
        return pace
    }

    /// The client properties of a file. No message holds a value: it may be a secret.
    static func properties(
        _ option: Option = .properties, of invocation: Invocation
    ) throws(UsageFault) -> [ClientProperty] {
        guard let path = invocation.text(option) else { return [] }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw fault(option, "names \(path), which cannot be read", invocation)
        }
        var properties: [ClientProperty] = []
        for (index, line) in String(decoding: data, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("!") { continue }
            guard let equals = line.firstIndex(of: "=") else {
                throw fault(option, "\(path), line \(index + 1): expected NAME=VALUE", invocation)
            }
            let property = ClientProperty(
                line[..<equals].trimmingCharacters(in: .whitespaces),
                line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces))
            if let refusal = ClientConfiguration.refusal(of: property) {
                throw fault(option, "\(path), line \(index + 1): \(refusal)", invocation)
            }
            properties.append(property)
        }
        return properties
    }

    static func isolation(_ invocation: Invocation) -> Isolation {
        Isolation(rawValue: invocation.required(.isolation)) ?? .readCommitted
    }

    static func fault(_ option: Option, _ what: String, _ invocation: Invocation) -> UsageFault {
        UsageFault(message: "--\(option.name) \(what)", command: invocation.command.name)
    }
}

/// What a command of `martlet verify` could not do.
struct VerifyFault: Error, CustomStringConvertible {
    let description: String
}

/// SIGTERM and SIGINT for a command that ends in good order at the first and at once at the second.
struct StopWish {
    private final class Flag: Sendable {
        let isRaised = Atomic(false)
    }

    private let flag: Flag
    private let signals: StopSignals

    init() {
        let flag = Flag()
        self.flag = flag
        signals = StopSignals { count in
            if count > 1 { exit(ExitCode.failure.rawValue) }
            flag.isRaised.store(true, ordering: .relaxed)
        }
    }

    var isRaised: Bool { check() }

    /// The same question for other threads, while this value lives.
    var check: @Sendable () -> Bool {
        { [flag] in flag.isRaised.load(ordering: .relaxed) }
    }
}
