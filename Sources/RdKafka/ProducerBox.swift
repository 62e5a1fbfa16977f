import CRdKafka
import Records

/// What the delivery callback of a producer's clients writes to. Touched only on the thread that uses the producer:
/// librdkafka calls the callback inside poll, flush, and the calls that end a transaction.
@safe final class ProducerBox: CallbackBox {
    /// Every read that is not reported yet, also those that wait in `queues`.
    var flights: FlightPool
    var queues: SendQueues
    var reports: ReportBatch
    var ledgerReports: [LedgerReport] = []
    /// A failed read is among `reports`: nothing may be sent behind it until its lane knows.
    var holdsFailure = false
    let stamp = Stamp()
    /// Rung by the clients' own threads, where there are several.
    let bell = ReportBell()
    /// Every read has been reported: what comes now only releases memory.
    private(set) var isAbandoned = false

    init(inFlightMax: Int, log: @escaping ClientLogger) {
        flights = unsafe FlightPool(capacity: inFlightMax, release: martlet_release)
        queues = SendQueues(capacity: inFlightMax)
        reports = ReportBatch(capacity: inFlightMax)
        super.init(log: log)
    }

    func note(_ opaque: Opaque, offset: Int64, code: rd_kafka_resp_err_t) {
        let landed = code == RD_KAFKA_RESP_ERR_NO_ERROR ? offset : -1
        switch opaque {
        case .seat(let seat):
            let read = flights.land(seat)
            guard !isAbandoned else { return }
            queues.noteReported(read.partition)
            holdsFailure = holdsFailure || code != RD_KAFKA_RESP_ERR_NO_ERROR
            reports.append(
                DeliveryReport(
                    of: read, destinationOffset: read.isAside ? -1 : landed, code: code.rawValue,
                    batch: queues.batch(of: read.partition)))
        case .ticket(let ticket):
            ledgerReports.append(
                LedgerReport(
                    ticket: ticket, offset: landed, code: code.rawValue,
                    reason: unsafe cText(rd_kafka_err2str(code))))
        }
    }

    /// Reports what no report came for as purged.
    func reportRemaining(into reports: inout ReportBatch) {
        isAbandoned = true
        let code = RD_KAFKA_RESP_ERR__PURGE_INFLIGHT.rawValue
        flights.forEach { reports.append(DeliveryReport(of: $0, destinationOffset: -1, code: code)) }
    }
}

/// A produced record's opaque: a number in the place of a pointer, never `nil`.
enum Opaque {
    /// A read's seat in the flight pool, plus one.
    case seat(Int32)
    /// A ticket of a record of our own, told apart by a high bit.
    case ticket(Int32)

    private static let ticketMark: UInt = 1 << 40

    init(_ pointer: UnsafeMutableRawPointer?) {
        let number = UInt(bitPattern: pointer)
        if number & Self.ticketMark == 0 {
            self = .seat(Int32(number - 1))
        } else {
            self = .ticket(Int32(truncatingIfNeeded: number))
        }
    }

    var pointer: UnsafeMutableRawPointer? {
        switch self {
        case .seat(let seat): unsafe UnsafeMutableRawPointer(bitPattern: UInt(seat) + 1)
        case .ticket(let ticket):
            unsafe UnsafeMutableRawPointer(bitPattern: Self.ticketMark | UInt(UInt32(bitPattern: ticket)))
        }
    }
}

/// The delivery callback. `message` dies when it returns.
func noteDelivery(
    _: OpaquePointer?, _ message: UnsafePointer<rd_kafka_message_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let message = unsafe message, let opaque = unsafe opaque else { return }
    let box = unsafe Unmanaged<ProducerBox>.fromOpaque(opaque).takeUnretainedValue()
    unsafe box.note(
        Opaque(message.pointee._private), offset: message.pointee.offset, code: message.pointee.err)
}
