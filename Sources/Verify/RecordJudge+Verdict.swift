import Model

/// What the judge has seen, held against what the source promised.
extension RecordJudge {
    /// Acknowledged records that have not appeared.
    package func missingCount(of ledgers: [Ledger]) -> Int64 {
        ledgers.indices.reduce(0) { sum, load in
            missing(of: ledgers[load], load: load).reduce(sum) { $0 + $1.count }
        }
    }

    /// The same of one load, by stream.
    package func missing(of ledger: Ledger, load: Int) -> [IntervalSet] {
        zip(ledger.streams, sources[load].seen).map { $0.acknowledged.subtracting($1) }
    }

    package func verdict(expecting ledger: Ledger) -> Verdict { verdict(expecting: [ledger]) }

    /// The findings so far, held against the ledgers, one a load. What only reading can tell (latency, stalls, whether
    /// the end was reached) is the caller's to add.
    package func verdict(expecting ledgers: [Ledger]) -> Verdict {
        var verdict = Verdict(counts: counts, findings: findings)
        verdict.counts.aborted = sources.flatMap(\.abortedSeen).reduce(0) { $0 + $1.count }
        var located: [Finding.Kind: Int] = [:]
        for (load, ledger) in ledgers.enumerated() where load < sources.count {
            verdict.counts.expected += ledger.acknowledgedCount
            for (stream, kept) in ledger.streams.enumerated() where stream < sources[load].seen.count {
                let account = Account(sources[load], stream, kept, isOpen: ledger.isOpen)
                verdict.counts.missing += account.missing.count
                verdict.counts.aborted += account.aborted.count
                verdict.counts.unacknowledged += account.unacknowledged.count
                verdict.counts.unexpected += account.neverSent.count
                let lists = [(Finding.Kind.missing, account.missing), (.aborted, account.aborted)]
                for (kind, set) in lists + [(.unexpected, account.neverSent)] {
                    for range in set.ranges.prefix(Self.locatedMax - located[kind, default: 0]) {
                        located[kind, default: 0] += 1
                        verdict.findings.append(finding(kind, range, load: load, stream: stream))
                    }
                }
            }
        }
        return verdict
    }

    private func finding(_ kind: Finding.Kind, _ range: Range<Int64>, load: Int, stream: Int) -> Finding {
        var finding = Finding(
            kind, range, topic: topic, partition: Int32(partition(ofStream: stream, load: load)))
        name(&finding, load: load, stream: stream)
        return finding
    }

    /// One stream: what was seen beside what was promised.
    private struct Account {
        let missing: IntervalSet
        /// Seen, and aborted for another reason than the plan's.
        let aborted: IntervalSet
        let unacknowledged: IntervalSet
        let neverSent: IntervalSet

        init(_ source: Source, _ stream: Int, _ kept: Ledger.Stream, isOpen: Bool) {
            let seen = source.seen[stream]
            missing = kept.acknowledged.subtracting(seen)
            let extra = seen.subtracting(kept.acknowledged).subtracting(source.abortedSeen[stream])
            aborted = extra.intersection(kept.aborted)
            let rest = extra.subtracting(aborted)
            neverSent = isOpen ? IntervalSet() : rest.subtracting(IntervalSet(0..<kept.sent))
            unacknowledged = rest.subtracting(neverSent)
        }
    }
}
