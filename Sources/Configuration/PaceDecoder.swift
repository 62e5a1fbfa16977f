import Model

/// Reads how fast records go on: `shape.pace`.
struct PaceDecoder {
    let reader: FieldReader
    /// `nil`: it has a mistake.
    let sample: [SampleDefinition]?

    private enum Mode: String, CaseIterable { case rate, original, unlimited }

    private enum Key: String, CaseIterable {
        case mode
        case recordsPerSecond = "records-per-s"
        case bytesPerSecond = "bytes-per-s"
        case scope, burst, excess
        case speed, from, to, offsets, loop
        case catchUp = "catch-up"
        case gapMax = "max-gap"

        static let ofRate: [Key] = [.recordsPerSecond, .bytesPerSecond, .scope, .burst, .excess]
        static let ofReplay: [Key] = [.speed, .from, .to, .offsets, .loop, .catchUp, .gapMax]
    }

    func pace(_ field: Field) -> PaceDefinition? {
        if case .text = field.node.content {
            _ = reader.value(field, expected: "unlimited, or a map with a mode") { $0 == "unlimited" ? true : nil }
            return nil
        }
        guard let section = reader.section(field, keys: Key.self),
            let named = reader.required(.mode, of: section, expected: "rate, original or unlimited"),
            let mode = reader.choice(named, of: Mode.self)
        else { return nil }
        switch mode {
        case .rate:
            refuse(Key.ofReplay, of: section, in: mode)
            return rate(section, named).map { .rate($0) }
        case .original:
            refuse(Key.ofRate, of: section, in: mode)
            return .original(replay(section))
        case .unlimited:
            refuse(Key.ofRate + Key.ofReplay, of: section, in: mode)
            return nil
        }
    }

    private func refuse(_ keys: [Key], of section: Section<Key>, in mode: Mode) {
        for key in keys {
            guard let field = section[key] else { continue }
            reader.ledger.note(
                at: field.place, "\(field.path) says nothing to the mode \(quoted(mode.rawValue)); remove it")
        }
    }

    private func rate(_ section: Section<Key>, _ named: Field) -> RateDefinition? {
        var rate = RateDefinition()
        rate.recordsPerSecond = section[.recordsPerSecond].flatMap { field in
            let expected = "records a second, from 0.1 to 100000000"
            return reader.value(field, expected: expected) { text in
                plainDecimal(text).flatMap { (0.1...100_000_000).contains($0) ? $0 : nil }
            }
        }
        rate.bytesPerSecond = section[.bytesPerSecond].flatMap { reader.bytes($0, in: 1_000...(1 << 40)) }.map(
            Double.init)
        if section[.recordsPerSecond] == nil, section[.bytesPerSecond] == nil {
            reader.ledger.note(
                at: named.place, "\(section.path) has no rate; expected records-per-s, bytes-per-s, or both")
            return nil
        }
        rate.scope = section[.scope].flatMap { reader.choice($0, of: RateDefinition.Scope.self) } ?? rate.scope
        rate.burstMilliseconds =
            section[.burst].flatMap { reader.milliseconds($0, in: 1...10_000) } ?? rate.burstMilliseconds
        rate.excess = section[.excess].flatMap { reader.choice($0, of: RateDefinition.Excess.self) } ?? rate.excess
        if rate.excess == .sampleDown, let field = section[.excess] { checkSampleDown(field, rate.scope) }
        return rate
    }

    /// One share of the ids for all topics is what can be lowered, and one rate is what it can be measured by.
    private func checkSampleDown(_ field: Field, _ scope: RateDefinition.Scope) {
        if scope != .global {
            reader.ledger.note(
                at: field.place,
                "\(field.path) is \"sample_down\", which needs one rate; expected it with scope: global")
        }
        guard let sample else { return }
        if sample.isEmpty || sample.contains(where: { $0.mode != .byID && $0.mode != .byKey }) {
            reader.ledger.note(
                at: field.place,
                "\(field.path) is \"sample_down\", which lowers a share of ids; expected a sample by_id or by_key beside it"
            )
        }
    }

    private func replay(_ section: Section<Key>) -> ReplayDefinition {
        var replay = ReplayDefinition()
        replay.speed =
            section[.speed].flatMap { field in
                reader.value(field, expected: "a speed from 0.1 to 20, such as 2") { text in
                    plainDecimal(text).flatMap { ReplayDefinition.speeds.contains($0) ? $0 : nil }
                }
            } ?? replay.speed
        replay.from = section[.from].flatMap { instant($0) }
        replay.to = section[.to].flatMap { instant($0) }
        if let from = replay.from, let to = replay.to, to <= from, let field = section[.to] {
            reader.ledger.note(
                at: field.place, "\(field.path) is not behind \(section.path).from; expected a later instant")
        }
        replay.offsets = section[.offsets].map { offsets(in: $0) } ?? [:]
        if section[.offsets] != nil, let field = section[.from] ?? section[.to] ?? section[.loop] {
            reader.ledger.note(
                at: field.place, "\(field.path) stands beside offsets, which say all of the window; remove one of them")
        }
        replay.loops = section[.loop].flatMap { reader.wholeNumber($0, in: 1...1_000_000) } ?? replay.loops
        if replay.loops > 1, replay.from == nil || replay.to == nil, let field = section[.loop] {
            reader.ledger.note(at: field.place, "\(field.path) repeats a window; expected from and to beside it")
        }
        replay.catchUp =
            section[.catchUp].flatMap { field in
                reader.value(field, expected: "burst, shift, or a multiple of the speed such as 1.2x") { text in
                    switch text {
                    case "burst": return .burst
                    case "shift": return .shift
                    default:
                        guard text.hasSuffix("x"), let factor = plainDecimal(String(text.dropLast())), factor > 1,
                            factor <= 100
                        else { return nil }
                        return .capped(factor)
                    }
                }
            } ?? replay.catchUp
        replay.gapMaxMilliseconds = section[.gapMax].flatMap { reader.milliseconds($0, in: 1...86_400_000) }
        return replay
    }

    private static let offsetsExpected =
        "a map of topics to the offsets of each partition, such as { orders: [100-250, 90-200] }"

    /// `100-250`: from 100 on, up to 250 and without it.
    private func offsets(in field: Field) -> [String: [Range<Int64>]] {
        var offsets: [String: [Range<Int64>]] = [:]
        for entry in reader.entries(field, expected: Self.offsetsExpected) ?? [] {
            offsets[entry.name] = reader.list(entry.field, expected: "offsets such as 100-250") { text in
                let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
                guard ends.count == 2, let first = ends[0], let end = ends[1], first >= 0, first <= end else {
                    return nil
                }
                return first..<end
            }
        }
        return offsets
    }

    private func instant(_ field: Field) -> Int64? {
        let expected = "an instant with its time zone such as 2026-03-01T08:00:00Z, or milliseconds since 1970"
        return reader.value(field, expected: expected) { text in
            guard case .timestamp(let milliseconds) = StartPolicy(parsing: text) else { return nil }
            return milliseconds
        }
    }
}
