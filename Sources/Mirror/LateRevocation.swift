import Model
import RdKafka

/// Keeps a revocation back until the process that is to have the slots can take them.
///
/// Librdkafka lets a member join once a second at most (rd_kafka_cgrp_join_state_serve in rdkafka_cgrp.c), and a group of
/// cooperative members joins twice: to count whoever is there, and to hand over what was given back. Until everybody may
/// join again, whoever has the slots goes on with them: they are its own until it gives them back (KIP-429), and given
/// back earlier they would stand still.
struct LateRevocation {
    private static let delayMilliseconds: Int64 = 1_000

    private var kept: (event: MemberEvent, until: Instant)?

    /// Takes what the membership met, if anything, and answers with what is to be heeded now, in its order.
    ///
    /// - Parameter isHurried: nothing is worth waiting for.
    mutating func pass(_ event: MemberEvent?, isHurried: Bool, at now: Instant) -> [MemberEvent] {
        var due: [MemberEvent] = []
        switch event {
        case nil: break
        case .fault(let fault): due.append(.fault(fault))
        case .revoked(let slots, isLost: false) where kept == nil:
            kept = (.revoked(slots, isLost: false), now.advanced(milliseconds: Self.delayMilliseconds))
        case .some(let later):
            // Not seen: librdkafka waits for the answer to the one before. Order counts in any case.
            if let kept { due.append(kept.event) }
            kept = nil
            due.append(later)
        }
        if let kept, isHurried || now >= kept.until {
            due.append(kept.event)
            self.kept = nil
        }
        return due
    }
}
