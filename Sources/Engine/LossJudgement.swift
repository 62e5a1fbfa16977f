import Model

/// What a cluster says of one partition's log.
package struct LogFindings: Hashable, Sendable {
    package let start: Int64
    package let end: Int64
    /// Whether compaction may have removed single records; `nil` where the cluster does not tell.
    package let isCompacted: Bool?

    package init(start: Int64, end: Int64, isCompacted: Bool? = nil) {
        self.start = start
        self.end = end
        self.isCompacted = isCompacted
    }
}

/// Something that the source no longer holds.
package struct SourceLoss: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// Retention or DeleteRecords.
        case belowStart
        /// Truncated, by an unclean election perhaps, or deleted and made anew.
        case beyondEnd
        /// Deleted and made anew, or truncated, and grown beyond the position since.
        case anotherLog
        /// The topic was deleted while something of it was not mirrored. The findings are what was last known.
        case deleted
    }
    package let kind: Kind
    package let position: Int64
    package let findings: LogFindings

    /// Offsets that are not mirrored: of the log that was mirrored where it still is that one, else of the new one.
    package var missing: Range<Int64> {
        switch kind {
        case .belowStart: position..<findings.start
        case .deleted: position..<findings.end
        case .beyondEnd, .anotherLog: findings.start..<findings.end
        }
    }

    /// Where reading goes on; `nil`: it stops.
    package func target(_ policy: LossPolicy) -> Int64? {
        switch (policy, kind) {
        case (.stop, _), (_, .deleted): nil
        case (.skip, .belowStart), (.restart, _): findings.start
        case (.skip, .beyondEnd), (.skip, .anotherLog): findings.end
        }
    }

    package var description: String {
        let (start, end) = (findings.start, findings.end)
        let held = start == end ? "it is empty" : "it holds offsets \(start) to \(end - 1)"
        return switch kind {
        case .belowStart:
            "offsets \(position) to \(start - 1) are gone from the source: the log begins at \(start), the position is "
                + "\(position)"
        case .beyondEnd:
            "the log at the source ends at offset \(end), below the position \(position) (\(held)): it was truncated, or "
                + "the topic was deleted and made anew"
        case .anotherLog:
            "the log at the source is another than the one mirrored up to offset \(position) (\(held)): "
                + "the topic was deleted and made anew, or truncated"
        case .deleted:
            "offsets \(position) to \(end - 1) were not mirrored before the topic was deleted at the source"
        }
    }
}

/// What a doubt comes to, once the cluster has answered: a pure decision.
package enum LossJudgement: Hashable, Sendable {
    /// Go on where the position is, proving the log by its mark on the way.
    case proveAgain
    /// Go on; the mark can prove nothing any more.
    case goOn
    case lost(SourceLoss)

    package static func judge(
        _ doubt: SourceDoubt, position: Int64, mark: RecordMark?, _ findings: LogFindings
    ) -> LossJudgement {
        func lost(_ kind: SourceLoss.Kind) -> LossJudgement {
            .lost(SourceLoss(kind: kind, position: position, findings: findings))
        }
        if position > findings.end { return lost(.beyondEnd) }
        // A log that begins beyond the position is rarely a new one, and nothing but `restart` tells them apart.
        if position < findings.start { return lost(.belowStart) }
        switch doubt {
        case .changed:
            return lost(.anotherLog)
        case .unmarked, .outOfRange:
            // Retention has taken the marked record and nothing that is missing. A log made anew begins at 0.
            if let mark, mark.offset < findings.start { return .goOn }
            guard doubt == .unmarked else { return .proveAgain }
            // Compaction may have taken it, so its absence proves nothing. Without compaction a log has no such holes.
            return findings.isCompacted == false ? lost(.anotherLog) : .goOn
        case .returned:
            // It was seen to be deleted, so without a mark that proves the contrary this is another log. What was not
            // begun with can be read from its start, whichever log it is.
            return mark == nil && position > findings.start ? lost(.anotherLog) : .proveAgain
        case .vanished, .short:
            return .proveAgain
        }
    }
}
