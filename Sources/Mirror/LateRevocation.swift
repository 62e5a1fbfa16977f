import Model
import RdKafka

/// Keeps a revocation back until the process that is to have the slots can take them.
///
/// A joining member has joined once to be counted, and librdkafka lets it join again, for its slots, a second later at
/// the earliest (rd_kafka_cgrp_join_state_serve in rdkafka_cgrp.c). Until shortly before then whoever has the slots goes
/// on with them: they are its own until it gives them back (KIP-429), and given back at once they would stand still.
struct LateRevocation {
    private static let delayMilliseconds: Int64 = 600

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
