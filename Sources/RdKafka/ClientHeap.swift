import CRdKafka

/// The C library's heap, in which librdkafka's clients allocate.
///
/// A client has a thread a broker, and glibc gives threads arenas of their own, each of which keeps the most that it ever
/// held: after twenty minutes of faults a process with 20 MB in use had 155 MB resident.
package enum ClientHeap {
    /// 0 where the allocator is another, such as a sanitizer's.
    package static var usedBytes: Int { Int(mallinfo2().uordblks) }
    /// Freed, and not handed out again: resident or given back already, which the C library does not tell apart.
    package static var freedBytes: Int { Int(mallinfo2().fordblks) }

    /// So many arenas, to be said before there are threads. By default there are eight a processor, and what one of them
    /// has free is of no use to the threads of another.
    package static func limitArenas(to count: Int32) { mallopt(M_ARENA_MAX, count) }

    /// Gives the system back what was freed. Milliseconds for a hundred megabytes, in which a thread that allocates waits
    /// for its own arena only.
    package static func giveBack() { malloc_trim(0) }
}
