import Glibc

/// Why a file could not be read. It names the reason only; the caller knows the path.
enum FileFault: Error, CustomStringConvertible {
    case system(code: Int32)
    case tooLarge(bytesMax: Int)

    var description: String {
        switch self {
        case .system(let code): unsafe String(cString: strerror(code))
        case .tooLarge(let bytesMax): "it has more than \(bytesMax) bytes"
        }
    }
}

/// A number that is another one when a file's contents are; `nil` when it cannot be read, or is no file. It is good for
/// this process only, and tells nothing of the contents.
package func fingerprint(ofFile path: String) -> Int? {
    guard let bytes = try? readFile(path, bytesMax: 1 << 20) else { return nil }
    var hasher = Hasher()
    hasher.combine(bytes)
    return hasher.finalize()
}

/// The bytes of a file, or of a pipe, up to a limit that also ends a device that never would.
func readFile(_ path: String, bytesMax: Int) throws(FileFault) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count == 0 { return bytes }
        if count < 0 {
            guard errno == EINTR else { throw .system(code: errno) }
            continue
        }
        bytes += chunk[..<count]
        guard bytes.count <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
    }
}
