import CRdKafka
import Records

extension RecordProducer {
    /// Gives everything up before the producer goes: every read handed over comes back in `reports`, delivered or not.
    ///
    /// A purge reports what is queued or on its way at once. What a dead client keeps to itself for longer than
    /// `timeoutMilliseconds` is reported here as purged, and never again. Its memory stays untouched until the client
    /// reports it after all or is destroyed, for a broker's thread may still be sending from it.
    package mutating func abandon(into reports: inout ReportBatch, timeoutMilliseconds: Int32) {
        giveUpWaiting(into: &reports)  // else it would be sent now that its partition is free
        purge()
        unsafe rd_kafka_flush(client.pointer, timeoutMilliseconds)
        collectReports(into: &reports, waitMilliseconds: 0)
        box.reportRemaining(into: &reports)
    }
}
