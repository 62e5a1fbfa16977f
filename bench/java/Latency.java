import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long a record takes from the source's producer to the destination's consumer, both in this process, by one clock.
 *
 * A record's time begins when it was due, not when the producer got round to it: a stall counts for every record
 * that it held up.
 */
final class Latency {
    private static final int LINGER_MILLISECONDS = 5;
    private static final long SILENCE_NANOSECONDS = 30_000_000_000L;
    /** The number in records that only find out whether the mirror is there yet. */
    private static final long KNOCK = -1;

    private final String source;
    private final String destination;
    private final String topic;
    private final List<byte[]> values;
    private final String compression;

    Latency(String source, String destination, String topic, Path values, String compression) throws Exception {
        this.source = source;
        this.destination = destination;
        this.topic = topic;
        this.values = Files.readAllLines(values).stream().map(String::getBytes).collect(Collectors.toList());
        this.compression = compression;
    }

    /** Milliseconds p50, p99, p99.9, longest; then how many of the counted records did not arrive. */
    String measure(int recordsPerSecond, int warmUpSeconds, int seconds) throws Exception {
        int skipped = recordsPerSecond * warmUpSeconds;
        int total = skipped + recordsPerSecond * seconds;
        var due = new long[total];
        var arrived = new long[total];
        var trouble = new AtomicReference<Exception>();
        try (var consumer = consumer(); var producer = producer()) {
            awaitMirror(consumer, producer);
            long begin = System.nanoTime() + 10_000_000;
            for (int number = 0; number < total; number++) {
                due[number] = begin + number * 1_000_000_000L / recordsPerSecond;
            }
            var sender = new Thread(() -> send(producer, due, trouble));
            sender.start();
            receive(consumer, arrived, due[total - 1]);
            sender.join();
        }
        if (trouble.get() != null) {
            throw trouble.get();
        }
        return summary(due, arrived, skipped);
    }

    private void awaitMirror(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
        long deadline = System.nanoTime() + 2 * SILENCE_NANOSECONDS;
        do {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the mirror brought nothing within a minute");
            }
            producer.send(record(KNOCK));
        } while (consumer.poll(Duration.ofMillis(200)).isEmpty());
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long[] due, AtomicReference<Exception> trouble) {
        for (int number = 0; number < due.length && trouble.get() == null; number++) {
            for (long wait = due[number] - System.nanoTime(); wait > 0; wait = due[number] - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            producer.send(record(number), (metadata, fault) -> trouble.compareAndSet(null, fault));
        }
    }

    /** Until everything is there, or until long after the last record was due nothing more comes. */
    private static void receive(KafkaConsumer<byte[], byte[]> consumer, long[] arrived, long lastDue) {
        int open = arrived.length;
        long heard = lastDue;
        while (open > 0 && System.nanoTime() < heard + SILENCE_NANOSECONDS) {
            for (var record : consumer.poll(Duration.ofMillis(100))) {
                long now = System.nanoTime();
                long number = ByteBuffer.wrap(record.value()).getLong();
                if (number != KNOCK && arrived[(int) number] == 0) {
                    arrived[(int) number] = now;
                    open--;
                    heard = Math.max(lastDue, now);
                }
            }
        }
    }

    private static String summary(long[] due, long[] arrived, int skipped) {
        int missing = 0;
        var taken = new long[due.length - skipped];
        int count = 0;
        for (int number = skipped; number < due.length; number++) {
            if (arrived[number] == 0) {
                missing++;
            } else {
                taken[count++] = arrived[number] - due[number];
            }
        }
        if (count == 0) {
            throw new IllegalStateException("none of " + missing + " records arrived");
        }
        long[] sorted = Arrays.copyOf(taken, count);
        Arrays.sort(sorted);
        return String.format(
            Locale.ROOT, "%.2f\t%.2f\t%.2f\t%.2f\t%d",
            quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 0.999), quantile(sorted, 1), missing);
    }

    /** The nearest rank, in milliseconds. */
    private static double quantile(long[] sorted, double share) {
        return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
    }

    /** An event whose first eight bytes are its number. */
    private ProducerRecord<byte[], byte[]> record(long number) {
        byte[] value = values.get((int) Math.floorMod(number, (long) values.size())).clone();
        ByteBuffer.wrap(value).putLong(number);
        return new ProducerRecord<>(topic, value);
    }

    private KafkaProducer<byte[], byte[]> producer() {
        var bytes = new ByteArraySerializer();
        return new KafkaProducer<>(Map.<String, Object>of(
            "bootstrap.servers", source, "acks", "all", "linger.ms", LINGER_MILLISECONDS, "batch.size", 128 << 10,
            "compression.type", compression), bytes, bytes);
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        var bytes = new ByteArrayDeserializer();
        var consumer = new KafkaConsumer<>(Map.<String, Object>of(
            "bootstrap.servers", destination, "isolation.level", "read_committed", "auto.offset.reset", "none",
            "enable.auto.commit", false, "max.poll.records", 10_000), bytes, bytes);
        var all = consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition())).collect(Collectors.toList());
        consumer.assign(all);
        consumer.seekToBeginning(all);
        return consumer;
    }
}
