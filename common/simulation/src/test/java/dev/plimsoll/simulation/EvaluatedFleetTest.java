package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.coordinator.parameters.kafka.ShardShell;
import dev.plimsoll.coordinator.planner.kafka.PlannerShell;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.worker.shell.RealWorker;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Coordinator, broker and workers with real engines: a run whose worker dies in the middle of an
 * evaluation finds what an undisturbed run finds, trains nothing that is for evaluation, and keeps
 * its best version.
 */
@Tag("slow")
class EvaluatedFleetTest {

    private static final Path MODEL = Path.of("../model/tiny-llama");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
    private static final int SHARDS = 2;
    private static final int STEPS = 6;
    private static final int SAMPLES_PER_STEP = 4;
    private static final int TRAINED = STEPS * SAMPLES_PER_STEP;
    private static final int HELD = 40;
    private static final Percentage SAME = Percentage.withPercentage(1e-4);

    private final LlamaConfig config = LlamaConfig.read(MODEL);
    private final AdapterLayout adapter = new AdapterLayout(config, LORA);
    private final List<PackedSequence> sequences = sequences();

    @TempDir
    Path directory;

    private Clients clients;
    private Topics topics;

    private List<PackedSequence> sequences() {
        SplittableRandom random = new SplittableRandom(7);
        List<PackedSequence> all = new ArrayList<>();
        for (int ordinal = 0; ordinal < HELD + TRAINED; ordinal++) {
            int[] tokens =
                    random.ints(8 + random.nextInt(60), 3, config.vocabSize()).toArray();
            boolean[] trainOn = new boolean[tokens.length];
            for (int i = 2; i < tokens.length; i++) {
                trainOn[i] = true;
            }
            all.add(new PackedSequence(ordinal, tokens, trainOn));
        }
        return all;
    }

    private RunSettings settings() {
        return new RunSettings(
                topics.prefix(),
                new RunSettings.ModelIdentity(
                        "tiny", ModelHash.of(MODEL), adapter.totalParameters()),
                LORA,
                new StepSettings(SAMPLES_PER_STEP, 0, Duration.ZERO, STEPS, 1),
                new OptimizerSettings(
                        new LearningRate(5e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(SHARDS, 256, 512, Duration.ofSeconds(3)),
                FoldSettings.OLD,
                RunStart.SEEDED,
                new EvaluationSettings(2, 0, true));
    }

    private <T> List<T> all(String topic, WireCodec<T> codec) {
        return read(topic, 0).stream()
                .map(record -> ((Decoded.Ok<T>) codec.decode(record)).value())
                .toList();
    }

    private List<ConsumerRecord<byte[], byte[]>> read(String topic, int partition) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var reader = clients.reader("test-reader")) {
            new PartitionReader(reader).readAll(new TopicPartition(topic, partition), records::add);
        }
        return records;
    }

    private void await(Class<? extends JournalRecord> type) throws InterruptedException {
        while (all(topics.journal(), Wire.JOURNAL).stream().noneMatch(type::isInstance)) {
            Thread.sleep(50);
        }
    }

    private void submit(String source, int from, int to) throws Exception {
        try (var writer = clients.writer("test-samples")) {
            for (PackedSequence sequence : sequences.subList(from, to)) {
                TokenizedSample sample = new TokenizedSample(
                        "s" + sequence.ordinal(),
                        new SampleOrigin(0, sequence.ordinal()),
                        "00".repeat(32),
                        sequence.tokens(),
                        sequence.trainOn(),
                        0,
                        List.of(),
                        source);
                for (var record : sample.toRecords(topics.tokenized())) {
                    writer.send(record).get();
                }
            }
        }
    }

    private void hold() throws Exception {
        Control held = new Control.AddSource("held", 1, "r", "test", true);
        try (var writer = clients.writer("test-control")) {
            writer.send(Wire.CONTROL.toRecord(topics.control(), 0, "k", held, "test", "r"))
                    .get();
        }
        await(JournalRecord.SourceChanged.class);
    }

    private List<EvaluationRecord> run(EmbeddedBroker broker, String prefix, boolean disturbed)
            throws Exception {
        clients = new Clients(broker.bootstrap());
        topics = new Topics(prefix);
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
        PlannerShell planner = new PlannerShell(new PlannerShell.Setup(
                clients,
                topics,
                settings(),
                new SimPeaks(),
                prefix,
                rejections -> List.of(),
                state -> {}));
        FirstVersion first =
                FirstVersion.untrained(adapter.initial(settings().steps().seed()));
        List<ShardShell> shards = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            shards.add(new ShardShell(new ShardShell.Setup(clients, topics, shard, r -> first)));
        }
        List<Thread> threads = new ArrayList<>();
        threads.add(Thread.ofPlatform().start(planner::run));
        shards.forEach(shard -> threads.add(Thread.ofPlatform().start(shard::run)));
        hold();
        submit("held", 0, HELD);
        submit("default", HELD, HELD + TRAINED);
        try (RealWorker anna = new RealWorker(broker.bootstrap(), prefix, "anna", MODEL);
                RealWorker bela = new RealWorker(broker.bootstrap(), prefix, "bela", MODEL)) {
            if (disturbed) {
                await(JournalRecord.Evaluated.class);
                anna.close();
            }
            await(JournalRecord.RunFinished.class);
        }
        planner.stop();
        shards.forEach(ShardShell::stop);
        for (Thread thread : threads) {
            thread.join();
        }
        planner.close();
        shards.forEach(ShardShell::close);
        return all(topics.evaluations(), Wire.EVALUATIONS);
    }

    @Test
    void aWorkerThatDiesChangesNothingOfWhatEvaluationsFind() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            List<EvaluationRecord> calm = run(broker, "calm", false);
            List<EvaluationRecord> disturbed = run(broker, "disturbed", true);
            assertThat(calm).extracting(EvaluationRecord::version).containsExactly(2L, 4L, 6L);
            assertThat(disturbed).extracting(EvaluationRecord::version).containsExactly(2L, 4L, 6L);
            assertThat(all(topics.journal(), Wire.JOURNAL))
                    .as("the worker was lost")
                    .anyMatch(JournalRecord.WorkerLost.class::isInstance);
            for (int i = 0; i < calm.size(); i++) {
                System.out.printf(
                        "version %d: loss %.9f undisturbed, %.9f disturbed%n",
                        calm.get(i).version(),
                        calm.get(i).loss(),
                        disturbed.get(i).loss());
                assertThat(disturbed.get(i).loss()).isCloseTo(calm.get(i).loss(), SAME);
                assertThat(disturbed.get(i).counts().samples()).isEqualTo(HELD);
            }
            requireTrained();
            requireBest(disturbed);
        }
    }

    private void requireTrained() {
        List<Long> trained = read(topics.adapter(), 0).stream()
                .filter(record -> !TensorChunk.isChunk(record))
                .map(record ->
                        ((Decoded.Ok<ShardManifest>) Wire.SHARD_MANIFESTS.decode(record)).value())
                .flatMap(manifest -> manifest.builtFrom().stream()
                        .flatMap(of -> of.attempts().stream())
                        .flatMap(attempt -> attempt.ordinals().stream()))
                .distinct()
                .sorted()
                .toList();
        assertThat(trained)
                .as("what is in the adapter")
                .isEqualTo(sequences.subList(HELD, HELD + TRAINED).stream()
                        .map(PackedSequence::ordinal)
                        .toList());
    }

    /** An engine that holds the checkpoint finds the loss that the fleet found. */
    private void requireBest(List<EvaluationRecord> evaluations) {
        EvaluationRecord best = evaluations.stream()
                .min(Comparator.comparingDouble(EvaluationRecord::loss))
                .orElseThrow();
        float[] master = new float[adapter.totalParameters()];
        ShardLayout layout = new ShardLayout(adapter.totalParameters(), SHARDS);
        String part = TensorChunk.checkpointPart(EvaluationSettings.BEST, "master");
        for (int shard = 0; shard < SHARDS; shard++) {
            for (ConsumerRecord<byte[], byte[]> record : read(topics.optimizer(), shard)) {
                if (TensorChunk.isChunk(record)
                        && TensorChunk.decode(record)
                                instanceof Decoded.Ok<TensorChunk>(TensorChunk chunk)
                        && chunk.part().equals(part)
                        && chunk.owner() == best.version()) {
                    chunk.copyTo(
                            master, (int) layout.start(shard) + layout.chunkStart(chunk.chunk()));
                }
            }
        }
        try (TrainingEngine engine = EngineFactory.open(MODEL, LORA, EngineOptions.cpu(1))) {
            engine.loadAdapter(best.version(), master);
            double nats = 0;
            long tokens = 0;
            for (PackedSequence sequence : sequences.subList(0, HELD)) {
                MicroBatchResult.Evaluated one = (MicroBatchResult.Evaluated) engine.evaluate(
                        List.of(sequence), new MemoryPlan(0, 1024, 0), LayerListener.NONE);
                nats += one.lossNats();
                tokens += one.lossTokens();
            }
            assertThat(nats / tokens).as("loss of checkpoint best").isCloseTo(best.loss(), SAME);
        }
    }
}
