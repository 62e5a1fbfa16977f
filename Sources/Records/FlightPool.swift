/// Reads that were handed to a producer and await their delivery report: a fixed number of numbered seats.
///
/// The seat's number travels as the producer's opaque, so a report finds its read without a search or a hash, and a
/// read is released by whoever lands it, once: landing an empty seat traps.
@safe package struct FlightPool: ~Copyable {
    private let seats: UnsafeMutablePointer<Read?>
    private let free: UnsafeMutablePointer<Int32>
    package let capacity: Int
    private var freeCount: Int
    private let release: ReleaseFunction

    package init(capacity: Int, release: @escaping ReleaseFunction) {
        precondition(capacity > 0 && capacity < Int(Int32.max), "a pool of \(capacity) seats")
        unsafe self.seats = .allocate(capacity: capacity)
        unsafe self.seats.initialize(repeating: nil, count: capacity)
        unsafe self.free = .allocate(capacity: capacity)
        for index in 0..<capacity { unsafe free[index] = Int32(capacity - 1 - index) }
        self.capacity = capacity
        self.freeCount = capacity
        unsafe self.release = release
    }

    deinit {
        for index in 0..<capacity {
            if let read = unsafe seats[index] { unsafe release(read.memory) }
        }
        unsafe seats.deallocate()
        unsafe free.deallocate()
    }

    package var isFull: Bool { freeCount == 0 }
    package var inFlight: Int { capacity - freeCount }

    /// Seats a read and returns the seat's number.
    package mutating func launch(_ read: Read) -> Int32 {
        precondition(freeCount > 0, "launch into a full pool")
        freeCount -= 1
        let seat = unsafe free[freeCount]
        unsafe seats[Int(seat)] = read
        return seat
    }

    /// The read in a seat: a look, it stays seated.
    package subscript(seat: Int32) -> Read {
        precondition(seat >= 0 && Int(seat) < capacity, "no seat \(seat)")
        guard let read = unsafe seats[Int(seat)] else { preconditionFailure("seat \(seat) is empty") }
        return read
    }

    /// Empties a seat and hands its read back, memory included.
    package mutating func unseat(_ seat: Int32) -> Read {
        precondition(seat >= 0 && Int(seat) < capacity, "no seat \(seat)")
        guard let read = unsafe seats[Int(seat)] else { preconditionFailure("seat \(seat) reported twice") }
        unsafe seats[Int(seat)] = nil
        unsafe free[freeCount] = seat
        freeCount += 1
        return read
    }

    /// Empties a seat and releases its read's memory.
    package mutating func land(_ seat: Int32) -> Read {
        let read = unseat(seat)
        unsafe release(read.memory)
        return read
    }

    /// Looks at every seated read, in the order of the seats; all stay seated.
    package func forEach(_ body: (Read) -> Void) {
        for index in 0..<capacity {
            if let read = unsafe seats[index] { body(read) }
        }
    }
}
