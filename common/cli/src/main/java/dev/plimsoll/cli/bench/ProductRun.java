package dev.plimsoll.cli.bench;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.demo.OwnBroker;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.processes.ProcessBytes;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Trains one case with processes of its own: broker, coordinator, workers. What is known of it
 * afterwards is read from its topics.
 */
final class ProductRun {

    /**
     * What a run leaves.
     *
     * @param steps all that were committed
     * @param microsOfAttempt forward and backward of each micro-batch, by its attempt
     * @param bytes what a measured step moved
     * @param sequences what was trained, by its ordinal
     */
    record Outcome(
            List<StepTrace> steps,
            Map<Long, Long> microsOfAttempt,
            Optional<StepBytes> bytes,
            Map<Long, TokenSequence> sequences,
            WorkerDevice device) {}

    /** For large adapters: several workers and shards move tens of megabytes at once. */
    private static final int BROKER_MEBIBYTES = 512;

    private static final Duration SILENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(200);

    private final FleetOptions options;
    private final FleetSize size;
    private final RunDirectory directory;
    private final Topics topics = new Topics("plimsoll");

    ProductRun(FleetOptions options, FleetSize size, RunDirectory directory) {
        this.options = options;
        this.size = size;
        this.directory = directory;
    }

    Outcome run(SyntheticSamples samples) throws IOException, InterruptedException {
        try (ProcessGroup group = ProcessGroup.unsupervised(directory.logs())) {
            Clients clients =
                    new Clients(OwnBroker.start(group, directory.broker(), BROKER_MEBIBYTES));
            try (Admin admin = clients.admin("plimsoll-bench-fleet")) {
                TopicAdmin.ensure(admin, topics, 1, options.shards());
            }
            group.start("coordinator", Programs.coordinator(coordinator(clients)));
            try (Submitter submitter = new Submitter(clients, topics, 1)) {
                submitter.submit(
                        "plimsoll:bench-fleet",
                        "bench",
                        samples.lines(options.allSteps(), size.tokensPerStep()));
            }
            for (int i = 1; i <= size.workers(); i++) {
                group.start(
                        "worker-" + i, options.onOwnGpu(i, Programs.worker(worker(clients, i))));
            }
            return read(clients, follow(group, clients));
        } finally {
            directory.tidy(false);
        }
    }

    /** Returns what a measured step moved, when all are committed. */
    private Optional<StepBytes> follow(ProcessGroup group, Clients clients) {
        int wanted = options.allSteps();
        Optional<StepBytes.Sample> first = Optional.empty();
        Optional<StepBytes.Sample> last = Optional.empty();
        try (RunFollower follower = new RunFollower(clients, topics)) {
            long moved = System.nanoTime();
            int seen = 0;
            while (follower.steps().size() < wanted) {
                follower.poll(POLL);
                int now = follower.steps().size();
                if (now > seen) {
                    seen = now;
                    moved = System.nanoTime();
                    if (seen >= options.warmUp() && first.isEmpty()) {
                        first = sample(group, seen);
                    } else if (seen >= options.warmUp() + options.steps() && last.isEmpty()) {
                        last = sample(group, seen);
                    }
                }
                if (now < wanted && follower.finished()) {
                    throw CliFailure.internal("the run ended after " + now + " of " + wanted
                            + " steps; the ends of the logs:" + group.tails());
                }
                if (now < wanted) {
                    requireAllRun(group);
                }
                if (System.nanoTime() - moved > SILENCE.toNanos()) {
                    throw CliFailure.internal("no step was committed for " + SILENCE.toSeconds()
                            + " s; the ends of the logs:" + group.tails());
                }
            }
        }
        Optional<StepBytes.Sample> end = last;
        return first.flatMap(
                from -> end.filter(to -> to.workers().size() == from.workers().size())
                        .map(to -> StepBytes.between(from, to)));
    }

    private static Optional<StepBytes.Sample> sample(ProcessGroup group, int step) {
        List<ProcessBytes> workers = new ArrayList<>();
        Optional<ProcessBytes> broker = Optional.empty();
        for (Map.Entry<String, Long> process : group.pids().entrySet()) {
            Optional<ProcessBytes> bytes = ProcessBytes.of(process.getValue());
            if (process.getKey().equals(ProcessGroup.BROKER)) {
                broker = bytes;
            } else if (process.getKey().startsWith("worker-")) {
                bytes.ifPresent(workers::add);
            }
        }
        return broker.map(one -> new StepBytes.Sample(step, workers, one));
    }

    private static void requireAllRun(ProcessGroup group) {
        group.firstEnded().ifPresent(gone -> {
            throw CliFailure.ofChild(gone.name(), gone.exitCode(), gone.log(), gone.tail());
        });
    }

    private Outcome read(Clients clients, Optional<StepBytes> bytes) {
        JournalTrace trace = new JournalTrace();
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-bench-fleet")) {
            journal.readAll(
                    entry -> entry.fact().ifPresent(fact -> trace.take(entry.atMillis(), fact)));
        }
        Map<Long, Long> micros = new HashMap<>();
        TopicScan.read(clients, topics.reports(), record -> {
            if (Wire.REPORTS.decode(record) instanceof Decoded.Ok<Report>(Report report)
                    && report instanceof Report.MicroBatchTrained trained) {
                TrainMeasures measures = trained.measures();
                micros.put(
                        trained.attempt().attempt(),
                        measures.forwardMicros() + measures.backwardMicros());
            }
        });
        return new Outcome(
                trace.committed(),
                micros,
                bytes,
                sequences(clients),
                trace.devices().firstEntry().getValue());
    }

    private Map<Long, TokenSequence> sequences(Clients clients) {
        Map<Long, List<ConsumerRecord<byte[], byte[]>>> chunks = new HashMap<>();
        TopicScan.read(clients, topics.tokenized(), record -> {
            if (TokenizedSample.decodeHead(record)
                    instanceof Decoded.Ok<TokenizedSample.Head>(TokenizedSample.Head head)) {
                chunks.computeIfAbsent(head.sequence().ordinal(), _ -> new ArrayList<>())
                        .add(record);
            }
        });
        Map<Long, TokenSequence> sequences = new HashMap<>();
        chunks.forEach((ordinal, records) -> {
            if (TokenizedSample.decode(records)
                    instanceof Decoded.Ok<TokenizedSample>(TokenizedSample sample)) {
                sequences.put(ordinal, new TokenSequence(sample.tokens(), sample.trainOn()));
            }
        });
        return sequences;
    }

    private Map<String, String> coordinator(Clients clients) {
        Map<String, String> properties = common(clients);
        properties.put("steps", Integer.toString(options.allSteps()));
        properties.put("tokens-per-step", Integer.toString(size.tokensPerStep()));
        properties.put("shards", Integer.toString(options.shards()));
        properties.put("lora-rank", Integer.toString(options.loraRank()));
        properties.put("lora-alpha", Integer.toString(2 * options.loraRank()));
        return properties;
    }

    private Map<String, String> worker(Clients clients, int number) {
        Map<String, String> properties = common(clients);
        properties.put("worker-id", "worker-" + number);
        properties.put("device", options.device());
        properties.put("precision", options.precision());
        properties.put("threads", Integer.toString(options.threadsOfEach(size.workers())));
        return properties;
    }

    private Map<String, String> common(Clients clients) {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", options.model().toString());
        properties.put("quarkus.http.port", "0");
        return properties;
    }
}
