import Foundation
import RdKafka
import Rig

extension SecureCluster {
    /// librdkafka before 2.6.1 repeats its nonce in the last message of SCRAM (librdkafka issue 4895). Brokers of 3.9
    /// put up with that, later ones do not.
    private static let lenient = KafkaHome.version("3.9.2")
    package static let takesSCRAM =
        lenient != nil || librdkafkaVersion.compare("2.6.1", options: .numeric) != .orderedAscending

    package convenience init() throws {
        try self.init(home: try Self.lenient ?? KafkaHome.required())
    }
}
