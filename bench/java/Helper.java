import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Answers the bench's questions about Kafka: one line in, one line out, fields parted by tabs.
 *
 * It is one process kept running, because a Java client needs a second to start and the bench asks every few
 * milliseconds. It ends when its standard input does, so it cannot outlive the bench.
 */
final class Helper {
    private final Topics topics = new Topics();
    private Contents remembered;

    public static void main(String[] arguments) throws Exception {
        var answers = System.out;
        // Kafka's clients log to standard output, where a line of theirs would be taken for an answer.
        System.setOut(System.err);
        var helper = new Helper();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = "ok\t" + helper.answer(line.split("\t"));
            } catch (Exception fault) {
                answer = "failed\t" + String.valueOf(fault).replaceAll("\\s+", " ");
            }
            answers.println(answer);
        }
        helper.topics.close();
    }

    private String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "ready":       // BROKER
                return topics.ready(words[1]);
            case "create":      // BROKER TOPIC PARTITIONS
                return topics.create(words[1], words[2], Integer.parseInt(words[3]));
            case "clear":       // BROKER
                return topics.clear(words[1]);
            case "ends":        // BROKER TOPIC: how many offsets a reader of committed records can reach
                return Long.toString(topics.ends(words[1], words[2]));
            case "bytes":       // BROKER TOPIC: what the topic takes on disk
                return Long.toString(topics.bytes(words[1], words[2]));
            case "remember":    // BROKER TOPIC: how many records
                remembered = Contents.read(words[1], words[2]);
                return Long.toString(remembered.count());
            case "compare":     // BROKER TOPIC: against what was remembered
                return remembered.compare(Contents.read(words[1], words[2])).fields();
            case "latency":     // SOURCE DESTINATION TOPIC VALUES COMPRESSION RATE WARM-UP-SECONDS SECONDS
                return new Latency(words[1], words[2], words[3], Path.of(words[4]), words[5])
                    .measure(Integer.parseInt(words[6]), Integer.parseInt(words[7]), Integer.parseInt(words[8]));
            default:
                throw new IllegalArgumentException("no such question: " + words[0]);
        }
    }
}
