import Foundation
import Rig

/// Kafka's own consumer as a second reader of a topic: librdkafka is what the mirror reads with, and the judge.
enum JavaReading {
    /// Every committed record of a topic, a line each: partition, offset, timestamp, key, value, then each header's name
    /// and value; bytes in hexadecimal behind an `x`, `null` where there are none.
    static func lines(of topic: String, on cluster: KafkaCluster) throws -> [String] {
        let file = cluster.folder.appending(path: "ReadAll.java")
        try program.write(to: file, atomically: true, encoding: .utf8)
        let output = try cluster.run(tool: file.path, [cluster.bootstrap, topic], limitSeconds: 120)
        // Warnings of the logger go to the same file.
        return output.split(separator: "\n").filter { $0.hasPrefix("> ") }.map { String($0.dropFirst(2)) }
    }

    /// Run from its source, as `java` does since version 11 (JEP 330).
    private static let program = """
        import java.util.*;
        import org.apache.kafka.clients.consumer.*;
        import org.apache.kafka.common.*;
        import org.apache.kafka.common.header.Header;
        import org.apache.kafka.common.serialization.ByteArrayDeserializer;

        public class ReadAll {
            static String text(byte[] bytes) {
                return bytes == null ? "null" : "x" + HexFormat.of().formatHex(bytes);
            }

            public static void main(String[] arguments) {
                Map<String, Object> settings = Map.of(
                    "bootstrap.servers", arguments[0], "isolation.level", "read_committed",
                    "auto.offset.reset", "none");
                var bytes = new ByteArrayDeserializer();
                try (var consumer = new KafkaConsumer<byte[], byte[]>(settings, bytes, bytes)) {
                    var partitions = new ArrayList<TopicPartition>();
                    for (PartitionInfo info : consumer.partitionsFor(arguments[1])) {
                        partitions.add(new TopicPartition(info.topic(), info.partition()));
                    }
                    consumer.assign(partitions);
                    consumer.seekToBeginning(partitions);
                    var ends = consumer.endOffsets(partitions);
                    var out = new StringBuilder();
                    while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(java.time.Duration.ofMillis(200))) {
                            out.append("> ").append(record.partition()).append(' ').append(record.offset());
                            out.append(' ').append(record.timestamp()).append(' ').append(text(record.key()));
                            out.append(' ').append(text(record.value()));
                            for (Header header : record.headers()) {
                                out.append(' ').append(header.key()).append(' ').append(text(header.value()));
                            }
                            out.append('\\n');
                        }
                    }
                    System.out.print(out);
                }
            }
        }
        """
}
