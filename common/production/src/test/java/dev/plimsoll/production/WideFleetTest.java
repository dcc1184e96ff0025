package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.peft.AdapterFile;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A fleet of a worker with two cards and a worker with one, on real engines: somebody takes memory
 * of one of the two cards, and later the process that has them is killed. The adapter is that of an
 * undisturbed run, and nothing is lost.
 */
@Tag("slow")
class WideFleetTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String PAIR = "pair";
    private static final String SINGLE = "single";
    private static final int SAMPLES = 240;
    private static final int SAMPLES_PER_STEP = 12;
    private static final int STEPS = SAMPLES / SAMPLES_PER_STEP;
    private static final long CARD_BYTES = 48L << 20;
    private static final double SAME = 1e-3;

    @TempDir
    Path directory;

    private Path others;
    private Map<String, String> client;
    private Commands commands;

    @Test
    void aPairThatIsInvadedAndKilledChangesNothing() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"))) {
            client = Map.of("bootstrap.servers", broker.bootstrap());
            commands = new Commands(directory, client);
            float[] calm = run("calm", false);
            float[] disturbed = run("disturbed", true);
            double difference = difference(disturbed, calm);
            System.out.printf("adapters differ by %.1e (L2)%n", difference);
            assertThat(difference).isLessThan(SAME);
            List<JournalRecord> journal = journal("disturbed", broker.bootstrap());
            requireInvaded(journal);
            requireKilled(journal);
            requireBothTrain(journal);
            requireForecast(journal);
        }
    }

    private float[] run(String prefix, boolean disturbed) throws Exception {
        others = directory.resolve("others-" + prefix);
        try (GuardedFleet fleet = new GuardedFleet(directory, prefix)) {
            fleet.coordinator(
                    "ingest,plan,parameters",
                    client,
                    Map.of(
                            "samples-per-step",
                            "" + SAMPLES_PER_STEP,
                            "lease",
                            "3s",
                            "gradient-dtype",
                            "fp32"));
            startPair(fleet);
            fleet.worker(SINGLE, client, Map.of("simulated-card-bytes", "" + CARD_BYTES));
            submit(prefix);
            if (disturbed) {
                awaitStep(fleet, 3);
                // the second card, whose number is behind the full stop
                Files.writeString(Path.of(others + ".1"), "" + CARD_BYTES * 3 / 5);
                awaitStep(fleet, 8);
                fleet.kill(PAIR);
                Files.delete(Path.of(others + ".1"));
                startPair(fleet);
            }
            awaitStep(fleet, STEPS);
            requireCardsAreShown(fleet);
            assertThat(commands.run(prefix, "finish").code()).isZero();
            await().atMost(PATIENCE)
                    .until(() -> fleet.scrape().contains("plimsoll_run_finished 1.0"));
        }
        Ended audit = commands.run(prefix, "audit");
        assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
        return adapter(prefix);
    }

    private void startPair(GuardedFleet fleet) throws Exception {
        fleet.worker(
                PAIR,
                client,
                Map.of(
                        "devices",
                        "0,1",
                        "simulated-card-bytes",
                        "" + CARD_BYTES,
                        "simulated-others-file",
                        others.toString()));
    }

    private static void awaitStep(GuardedFleet fleet, int step) {
        await().atMost(PATIENCE).until(() -> {
            fleet.requireAllRun();
            return steps(fleet.scrape()) >= step;
        });
    }

    private static double steps(String scraped) {
        return scraped.lines()
                .filter(line -> line.startsWith("plimsoll_steps_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }

    private static void requireCardsAreShown(GuardedFleet fleet) throws Exception {
        assertThat(fleet.get("/api/run"))
                .contains("\"cards\"", "\"firstLayer\"", "\"embedding\":true");
        assertThat(fleet.scrape())
                .containsPattern(
                        "plimsoll_worker_card_memory_bytes\\{card=\"1\",kind=\"peak\",worker=\"pair\"");
    }

    /** The same samples in every run. */
    private void submit(String prefix) throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < SAMPLES; i++) {
            String text = "sample " + i + " "
                    + "abcdefghij ".repeat(1 + random.nextInt(i % 40 == 7 ? 60 : 20));
            lines.append("{\"text\":\"").append(text.strip()).append("\"}\n");
        }
        Path file = Files.writeString(directory.resolve(prefix + ".jsonl"), lines);
        Ended submitted = commands.run(prefix, "submit", file.toString());
        assertThat(submitted.code()).as(submitted.err()).isZero();
    }

    private float[] adapter(String prefix) {
        Path out = directory.resolve("adapter-" + prefix);
        Ended export = commands.run(
                prefix,
                "export",
                out.toString(),
                "--no-audit",
                "--model",
                GuardedFleet.MODEL.toString());
        assertThat(export.code()).as(export.out() + export.err()).isZero();
        try (AdapterFile file = AdapterFile.open(out, LlamaConfig.read(GuardedFleet.MODEL))) {
            List<float[]> matrices = new ArrayList<>();
            for (AdapterLayout.Slot slot : file.layout().slots()) {
                matrices.add(file.matrix(slot));
            }
            float[] all = new float[matrices.stream().mapToInt(m -> m.length).sum()];
            int at = 0;
            for (float[] matrix : matrices) {
                System.arraycopy(matrix, 0, all, at, matrix.length);
                at += matrix.length;
            }
            return all;
        }
    }

    private static double difference(float[] one, float[] other) {
        double squares = 0;
        double all = 0;
        for (int i = 0; i < one.length; i++) {
            squares += Math.pow(one[i] - other[i], 2);
            all += Math.pow(other[i], 2);
        }
        return Math.sqrt(squares / all);
    }

    private static List<JournalRecord> journal(String prefix, String bootstrap) {
        List<JournalRecord> facts = new ArrayList<>();
        try (JournalReader journal =
                new JournalReader(new Clients(bootstrap), new Topics(prefix), "test-journal")) {
            journal.readAll(entry -> entry.fact().ifPresent(facts::add));
        }
        return facts;
    }

    /** Of the second card, and of that alone. */
    private static void requireInvaded(List<JournalRecord> journal) {
        List<JournalRecord.MemoryLineChanged> lowered = journal.stream()
                .filter(JournalRecord.MemoryLineChanged.class::isInstance)
                .map(JournalRecord.MemoryLineChanged.class::cast)
                .filter(line -> line.workerId().equals(PAIR) && line.lineBytes() < CARD_BYTES / 2)
                .toList();
        assertThat(lowered)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.card()).isOne());
        assertThat(journal).noneMatch(JournalRecord.SampleRejected.class::isInstance);
    }

    private static void requireKilled(List<JournalRecord> journal) {
        assertThat(journal.stream()
                        .filter(JournalRecord.WorkerLost.class::isInstance)
                        .map(JournalRecord.WorkerLost.class::cast)
                        .filter(lost -> lost.workerId().equals(PAIR)))
                .isNotEmpty();
    }

    private static void requireBothTrain(List<JournalRecord> journal) {
        Map<String, Integer> dispatched = new TreeMap<>();
        for (JournalRecord fact : journal) {
            if (fact instanceof JournalRecord.MicroBatchDispatched is) {
                dispatched.merge(is.workerId(), 1, Integer::sum);
                if (is.workerId().equals(PAIR)) {
                    assertThat(is.plan().pipelineTokens() > 0 || is.plan().recomputeLayers() > 0)
                            .as("%s", is)
                            .isTrue();
                }
            }
        }
        System.out.println("micro-batches: " + dispatched);
        assertThat(dispatched).containsOnlyKeys(PAIR, SINGLE);
    }

    /** Of a card's whole peak, once some micro-batches were seen. */
    private static void requireForecast(List<JournalRecord> journal) {
        Map<String, MemoryForecast> forecasts = new HashMap<>();
        Map<Integer, Long> used = new HashMap<>();
        List<Double> errors = new ArrayList<>();
        for (JournalRecord fact : journal) {
            if (fact instanceof JournalRecord.MemoryLineChanged line
                    && line.workerId().equals(PAIR)) {
                used.put(line.card(), line.usedBytes());
            }
            if (fact instanceof JournalRecord.MicroBatchWeighed is
                    && is.priorBytes() > 0
                    && is.card().contains(", card ")) {
                MemoryForecast forecast = forecasts.getOrDefault(is.card(), MemoryForecast.START);
                long rest = used.get(is.card().contains(", card 0 ") ? 0 : 1);
                if (forecast.seen() >= 8) {
                    errors.add(Math.abs((double) (rest + forecast.expected(is.priorBytes()))
                                    / (rest + is.workBytes())
                            - 1));
                }
                forecasts.put(is.card(), forecast.learn(is.priorBytes(), is.workBytes()));
            }
        }
        Collections.sort(errors);
        double median = errors.get(errors.size() / 2);
        double last = errors.get(errors.size() * 99 / 100);
        System.out.printf(
                "forecast per card of %d peaks: median error %.2f %%, p99 %.2f %%%n",
                errors.size(), 100 * median, 100 * last);
        assertThat(forecasts).hasSize(2);
        assertThat(median).isLessThan(0.01);
        assertThat(last).isLessThan(0.03);
    }
}
