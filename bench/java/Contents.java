import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A topic as fingerprints: per partition, in order, 64 bits of each committed record. */
final class Contents {
    private static final long SILENCE_MILLISECONDS = 60_000;

    /** The fingerprints of one partition, in the order of their offsets. */
    private static final class Partition {
        private long[] prints = new long[1024];
        private int count = 0;

        void add(long print) {
            if (count == prints.length) {
                prints = Arrays.copyOf(prints, 2 * count);
            }
            prints[count++] = print;
        }

        long[] inOrder() {
            return Arrays.copyOf(prints, count);
        }

        long[] sorted() {
            long[] all = inOrder();
            Arrays.sort(all);
            return all;
        }
    }

    /**
     * What is different at the destination.
     *
     * An altered record counts as one missing and one extra. A moved record is there, in another partition. A reordered
     * partition holds the right records in the wrong order.
     */
    record Difference(long missing, long extra, long moved, int reordered) {
        String fields() {
            return missing + "\t" + extra + "\t" + moved + "\t" + reordered;
        }
    }

    private final List<Partition> partitions = new ArrayList<>();

    long count() {
        return partitions.stream().mapToLong(partition -> partition.count).sum();
    }

    static Contents read(String broker, String topic) {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", broker, "isolation.level", "read_committed", "auto.offset.reset", "none",
            "enable.auto.commit", false, "max.poll.records", 10_000, "max.partition.fetch.bytes", 8 << 20);
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
            var all = consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition())).collect(Collectors.toList());
            var contents = new Contents();
            all.forEach(partition -> contents.partitions.add(new Partition()));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            var ends = consumer.endOffsets(all);
            long heard = System.currentTimeMillis();
            while (all.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                var records = consumer.poll(Duration.ofSeconds(1));
                records.forEach(record -> contents.partitions.get(record.partition()).add(print(record)));
                long now = System.currentTimeMillis();
                heard = records.isEmpty() ? heard : now;
                if (now - heard > SILENCE_MILLISECONDS) {
                    throw new IllegalStateException("nothing came for a minute before the end of " + topic);
                }
            }
            return contents;
        }
    }

    Difference compare(Contents other) {
        long[] overall = differences(sorted(this), sorted(other));
        long leftTheirPartition = 0;
        int reordered = 0;
        for (int number = 0; number < partitions.size(); number++) {
            var mine = partitions.get(number);
            var theirs = other.partitions.get(number);
            long[] here = differences(mine.sorted(), theirs.sorted());
            leftTheirPartition += here[0];
            boolean same = here[0] == 0 && here[1] == 0;
            if (same && !Arrays.equals(mine.inOrder(), theirs.inOrder())) {
                reordered++;
            }
        }
        return new Difference(overall[0], overall[1], leftTheirPartition - overall[0], reordered);
    }

    private static long[] sorted(Contents contents) {
        return contents.partitions.stream().flatMapToLong(part -> LongStream.of(part.inOrder())).sorted().toArray();
    }

    /** How many of `left` are not in `right`, and the other way; both sorted, repeats count. */
    private static long[] differences(long[] left, long[] right) {
        int l = 0;
        int r = 0;
        long common = 0;
        while (l < left.length && r < right.length) {
            int order = Long.compare(left[l], right[r]);
            common += order == 0 ? 1 : 0;
            l += order <= 0 ? 1 : 0;
            r += order >= 0 ? 1 : 0;
        }
        return new long[] {left.length - common, right.length - common};
    }

    /** Two checksums with different polynomials; both are single instructions to the virtual machine. */
    private static long print(ConsumerRecord<byte[], byte[]> record) {
        var first = new CRC32C();
        var second = new CRC32();
        for (Checksum sum : List.of(first, second)) {
            sum.update(ByteBuffer.allocate(8).putLong(record.timestamp()).array());
            add(sum, record.key());
            add(sum, record.value());
            for (var header : record.headers()) {
                add(sum, header.key().getBytes(StandardCharsets.UTF_8));
                add(sum, header.value());
            }
        }
        return first.getValue() << 32 | second.getValue();
    }

    /** With its length before it, so that null and empty differ and nothing can slide from one field to the next. */
    private static void add(Checksum sum, byte[] field) {
        sum.update(ByteBuffer.allocate(4).putInt(field == null ? -1 : field.length).array());
        if (field != null) {
            sum.update(field);
        }
    }
}
