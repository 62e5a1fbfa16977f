import Foundation
import Glibc
import Synchronization

/// What must be ended and deleted when this process is gone, however it goes.
///
/// A small shell in a process group of its own reads what we write it. When we die, the kernel closes our end, the shell
/// reads the end of its input, kills every process it was told of and deletes every folder. A parent-death signal
/// would not do: it fires when the *thread* that started the child ends, and tests run on threads that come and go.
package enum CleanupGuard {
    /// The shell's reading end belongs to it; this is ours. -1 when the shell could not be started.
    private static let line: Mutex<Int32> = Mutex(start())

    static func watch(process: pid_t) { tell("run \(process)") }
    static func forget(process: pid_t) { tell("end \(process)") }
    package static func watch(folder: URL) { tell("folder \(folder.path)") }

    private static func tell(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        line.withLock { descriptor in
            // No SIGPIPE: without the shell the tests still run, they only leave things behind when they crash.
            _ = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    private static func start() -> Int32 {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return -1 }
        defer { close(ends[1]) }
        var shell = Spawn(program: "/bin/sh", arguments: ["-c", script])
        shell.input = ends[1]
        shell.ownGroup = true
        guard (try? shell.start()) != nil else {
            close(ends[0])
            return -1
        }
        return ends[0]
    }

    /// For any POSIX shell: the built-in `kill` of dash takes no `--` before the minus sign of a group.
    static let script = """
        trap '' HUP INT TERM
        processes=' '
        while read -r verb what; do
            case $verb in
                run) processes="$processes$what " ;;
                end) processes="${processes%% $what *} ${processes#* $what }" ;;
                folder) set -- "$@" "$what" ;;
            esac
        done
        for process in $processes; do kill -9 "$process"; done
        for folder in "$@"; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done
        """
}
