import CPCRE2

/// A regular expression that must match a whole text: PCRE2, UTF-8, compiled once and then shared freely.
package struct Pattern: Sendable {
    private let compiled: CompiledPattern

    /// - Throws: when `text` is no regular expression, or one too large to compile.
    package init(_ text: String) throws(PatternFault) {
        compiled = try CompiledPattern(text)
    }

    /// Whether the expression matches `text` from its first to its last character.
    ///
    /// An expression that needs more than 100,000 steps of backtracking for it does not match: a hostile expression
    /// costs milliseconds and never hangs the caller.
    package func matchesWhole(_ text: String) -> Bool {
        compiled.matchesWhole(text)
    }
}

/// Owns PCRE2's compiled form of one expression.
///
/// PCRE2 only reads the code and the limits while it matches, whatever the number of threads (pcre2api,
/// "Multithreading"); what a match writes is made anew for each one. Hence `nonisolated(unsafe)`.
@safe private final class CompiledPattern: Sendable {
    private nonisolated(unsafe) let code: OpaquePointer
    private nonisolated(unsafe) let limits: OpaquePointer

    /// Steps of backtracking for one text. A topic name has at most 249 characters, so an honest expression needs
    /// a few thousand; `(a+)+b` would need more than 2^200.
    private static let matchStepsMax: UInt32 = 100_000

    /// Both ends anchored. `$` is the very end and not also the place before a last newline. `\C` could stop in the
    /// middle of a character, so it is refused.
    private static let options =
        UInt32(PCRE2_UTF) | PCRE2_ANCHORED | PCRE2_ENDANCHORED | UInt32(PCRE2_DOLLAR_ENDONLY)
        | UInt32(PCRE2_NEVER_BACKSLASH_C)

    init(_ text: String) throws(PatternFault) {
        var error: Int32 = 0
        var position = 0
        // Interior zero bytes survive `withCString`, and the count says where the text ends.
        let code = unsafe text.withCString { start in
            unsafe start.withMemoryRebound(to: UInt8.self, capacity: text.utf8.count) { bytes in
                unsafe pcre2_compile_8(bytes, text.utf8.count, Self.options, &error, &position, nil)
            }
        }
        guard let code = unsafe code else {
            throw PatternFault(message: Self.message(of: error), bytePosition: position)
        }
        guard let limits = unsafe pcre2_match_context_create_8(nil) else { fatalError("out of memory") }
        unsafe pcre2_set_match_limit_8(limits, Self.matchStepsMax)
        // Where the machine has no JIT this fails, and PCRE2 interprets instead: slower, the same answer.
        _ = unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        unsafe self.code = code
        unsafe self.limits = limits
    }

    deinit {
        unsafe pcre2_match_context_free_8(limits)
        unsafe pcre2_code_free_8(code)
    }

    func matchesWhole(_ text: String) -> Bool {
        guard let match = unsafe pcre2_match_data_create_8(1, nil) else { fatalError("out of memory") }
        defer { unsafe pcre2_match_data_free_8(match) }
        return unsafe text.withCString { start in
            unsafe start.withMemoryRebound(to: UInt8.self, capacity: text.utf8.count) { bytes in
                func result(_ options: UInt32) -> Int32 {
                    unsafe pcre2_match_8(code, bytes, text.utf8.count, 0, options, match, limits)
                }
                // A Swift string is valid UTF-8 already.
                let quick = result(PCRE2_NO_UTF_CHECK)
                // Machine code has 32 KiB of stack; the interpreter keeps its state in the heap.
                guard quick == PCRE2_ERROR_JIT_STACKLIMIT else { return quick >= 0 }
                return result(PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT) >= 0
            }
        }
    }

    /// PCRE2's own words for an error code; its longest text has fewer than 128 bytes.
    private static func message(of error: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            let count = unsafe pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)
            guard count >= 0 else { return "error \(error)" }
            return unsafe String(decoding: buffer[..<Int(count)], as: UTF8.self)
        }
    }
}
