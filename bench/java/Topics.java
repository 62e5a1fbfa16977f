import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Makes, clears and watches topics; one admin client per cluster. */
final class Topics implements AutoCloseable {
    private static final long LIMIT_MILLISECONDS = 60_000;

    private final Map<String, Admin> admins = new HashMap<>();
    private final Map<String, Integer> partitions = new HashMap<>();

    /** Waits until the cluster answers; gives its id. */
    String ready(String broker) throws Exception {
        return admin(broker).describeCluster().clusterId().get(LIMIT_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    /** Makes a topic and waits until every partition has a leader. */
    String create(String broker, String topic, int count) throws Exception {
        admin(broker).createTopics(List.of(new NewTopic(topic, count, (short) 1))).all().get();
        partitions.put(topic, count);
        await("leaders of " + topic, () -> {
            var description = admin(broker).describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return description.partitions().stream().allMatch(partition -> partition.leader() != null);
        });
        return topic;
    }

    /** Deletes every topic but Kafka's own and waits until they are gone. */
    String clear(String broker) throws Exception {
        admin(broker).deleteTopics(admin(broker).listTopics().names().get()).all().get();
        await("deletion of all topics", () -> admin(broker).listTopics().names().get().isEmpty());
        return broker;
    }

    /**
     * The sum of the partitions' last stable offsets. Open transactions do not count; the markers of closed ones do, so
     * that behind an exactly-once mirror it is a little more than the number of records.
     */
    long ends(String broker, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = IntStream.range(0, partitions.get(topic)).boxed()
            .collect(Collectors.toMap(number -> new TopicPartition(topic, number), number -> OffsetSpec.latest()));
        var options = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        var found = admin(broker).listOffsets(latest, options).all().get();
        return found.values().stream().mapToLong(result -> result.offset()).sum();
    }

    long bytes(String broker, String topic) throws Exception {
        var nodes = admin(broker).describeCluster().nodes().get();
        var ids = nodes.stream().map(node -> node.id()).collect(Collectors.toList());
        return admin(broker).describeLogDirs(ids).allDescriptions().get().values().stream()
            .flatMap(folders -> folders.values().stream())
            .flatMap(folder -> folder.replicaInfos().entrySet().stream())
            .filter(replica -> replica.getKey().topic().equals(topic))
            .mapToLong(replica -> replica.getValue().size())
            .sum();
    }

    @Override
    public void close() {
        admins.values().forEach(Admin::close);
    }

    private Admin admin(String broker) {
        Function<String, Admin> make = address -> Admin.create(Map.<String, Object>of("bootstrap.servers", address));
        return admins.computeIfAbsent(broker, make);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    /** A question that fails is asked again: a topic just made may not be known to the broker yet. */
    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.currentTimeMillis() + LIMIT_MILLISECONDS;
        Exception last = null;
        while (System.currentTimeMillis() < deadline) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (ExecutionException fault) {
                last = fault;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("waited a minute in vain for: " + what, last);
    }
}
