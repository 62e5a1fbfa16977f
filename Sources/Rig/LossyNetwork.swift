import CNamespace
import Dispatch
import Foundation
import Glibc
import Synchronization

/// A network of a trial's own that loses packets: a namespace with nothing in it but a loopback, whose packet filter drops
/// packets at random before they arrive. TCP answers as it does to any loss, by sending again and more slowly.
///
/// The kernel's `netem` would do it as well, and is missing from many kernels; the packet filter's random numbers are
/// part of nftables.
package struct LossyNetwork: Sendable {
    private static let seconds = 20.0

    /// Why this machine has none, and what to do about it; `nil` where it has.
    package static let missing: String? = {
        let fault = Mutex<String?>(nil)
        inOne { network in
            do {
                try network.get().lose(oneIn: 10, ports: [1])
            } catch {
                fault.withLock { $0 = "\(error)" }
            }
        }
        return fault.withLock { $0 }
    }()

    /// Runs `body` on a thread in a network of its own, and waits for it. Threads and processes that it starts are in that
    /// network as well, and nothing else is; it goes with the last of them.
    package static func inOne(_ body: @escaping @Sendable (Result<LossyNetwork, RigFault>) -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            body(Result { () throws(RigFault) in try LossyNetwork.entered() })
            done.signal()
        }
        thread.start()
        done.wait()
    }

    private static func entered() throws(RigFault) -> LossyNetwork {
        guard unshare(Int32(CLONE_NEWNET)) == 0 else {
            throw RigFault("a network of its own needs the rights of root (CAP_SYS_ADMIN): error \(errno)")
        }
        let network = LossyNetwork()
        try network.run("ip", ["link", "set", "lo", "up"], from: "iproute2")
        return network
    }

    /// From now on one packet in so many from and to these ports of the loopback is lost, in addition to what was.
    package func lose(oneIn count: Int, ports: [Int]) throws(RigFault) {
        let set = "{ \(ports.map(String.init).joined(separator: ", ")) }"
        let lines =
            ["add table inet loss", "add chain inet loss in { type filter hook input priority 0 ; }"]
            + ["sport", "dport"].map { "add rule inet loss in th \($0) \(set) numgen random mod \(count) 0 drop" }
        try run("nft", [lines.joined(separator: "\n")], from: "nftables")
    }

    /// Nothing is lost any more.
    package func heal() throws(RigFault) {
        try run("nft", ["delete table inet loss"], from: "nftables")
    }

    private func run(_ program: String, _ arguments: [String], from package: String) throws(RigFault) {
        let child: ChildProcess
        do {
            child = try ChildProcess(Spawn(program: program, arguments: arguments))
        } catch {
            throw RigFault("needs `\(program)` (apt install \(package))")
        }
        guard let exit = child.wait(seconds: Self.seconds) else {
            child.killAndWait()
            throw RigFault("`\(program)` did not end within \(Int(Self.seconds)) s")
        }
        guard exit.code == 0 else {
            throw RigFault("`\(program)` could not set up a network that loses packets: has the kernel nf_tables?")
        }
    }
}
