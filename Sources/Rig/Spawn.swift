import Foundation
import Glibc

/// How a child process is started: program, arguments, where its input comes from and its output goes to.
package struct Spawn: Sendable {
    package let program: String
    package let arguments: [String]
    /// The child's standard input; the null device when absent.
    var input: Int32?
    /// Standard output and error, appended; the null device when absent.
    package let log: URL?
    /// Added to our own environment.
    package let environment: [String: String]
    /// A process group of its own: signals sent to ours, as by a terminal, do not reach it, and what the child starts is
    /// signalled with it.
    package var ownGroup = false

    package init(program: String, arguments: [String], log: URL? = nil, environment: [String: String] = [:]) {
        self.program = program
        self.arguments = arguments
        self.log = log
        self.environment = environment
    }

    /// Starts the child and returns its process id.
    func start() throws(RigFault) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let path = log?.path ?? "/dev/null"
        unsafe posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Sockets of this process must not live on in a broker. Closing one that is already gone does no harm.
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        if ownGroup { unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var process: pid_t = 0
        let code = unsafe withCStrings([program] + arguments) { argv in
            unsafe withCStrings(variables) { envp in
                unsafe posix_spawnp(&process, program, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw RigFault("\(program) could not be started: error \(code)") }
        return process
    }
}

/// Lends `strings` as the null-ended array of C strings that `exec` wants.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}

/// Why the rig cannot do what it was asked for: what happened and where to look.
package struct RigFault: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
