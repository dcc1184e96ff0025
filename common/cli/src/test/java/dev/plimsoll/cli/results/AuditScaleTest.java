package dev.plimsoll.cli.results;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The audit of a long run: its topics are written as ingest, planner and shards write them, sealed;
 * and among them as many records of a stranger as {@code -Dplimsoll.audit.foreign=N} says. Of
 * samples there are {@code -Dplimsoll.audit.samples=N}.
 */
@Tag("slow")
class AuditScaleTest {

    private static final int SAMPLES = Integer.getInteger("plimsoll.audit.samples", 200_000);
    private static final int FOREIGN = Integer.getInteger("plimsoll.audit.foreign", 20_000);
    private static final int SAMPLES_PER_STEP = 256;
    private static final int SAMPLES_PER_ATTEMPT = 16;
    private static final int SHARDS = 2;
    private static final int WORKERS = 4;
    private static final int STATE_EVERY = 32;
    private static final int TOKENS = 64;
    private static final Topics TOPICS = new Topics("long");
    private static final List<String> FLOODED =
            List.of(TOPICS.journal(), TOPICS.adapter(), TOPICS.gradients(), TOPICS.rejected());

    @TempDir
    Path directory;

    @Test
    void aLongRunIsAuditedInOneGigabyte() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"))) {
            Clients clients = new Clients(broker.bootstrap());
            try (Admin admin = clients.admin("test");
                    Producer<byte[], byte[]> stranger = clients.sampleWriter("stranger");
                    Producer<byte[], byte[]> producer =
                            clients.of(settings(), TOPICS).sampleWriter("test")) {
                TopicAdmin.ensure(admin, TOPICS, 1, SHARDS);
                write(producer, stranger);
            }
            long began = System.nanoTime();
            Path out = directory.resolve("out");
            Process audit = new ProcessBuilder(
                            Installation.java(),
                            "-Xmx1g",
                            "-XX:+UseSerialGC",
                            "-cp",
                            Installation.ownClassPath(),
                            Plimsoll.class.getName(),
                            "audit",
                            "--prefix",
                            "long",
                            "--bootstrap",
                            broker.bootstrap())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            long peakKib = 0;
            Duration cores = Duration.ZERO;
            while (audit.isAlive()) {
                cores = audit.info().totalCpuDuration().orElse(cores);
                peakKib = Math.max(peakKib, residentKib(audit.pid()));
                Thread.sleep(100);
            }
            System.out.printf(
                    "audit of %,d samples: %.1f s, %.1f s of a core, %,d MiB resident at most%n",
                    SAMPLES,
                    (System.nanoTime() - began) / 1e9,
                    cores.toMillis() / 1e3,
                    peakKib >> 10);
            assertThat(Files.readString(out))
                    .contains((FOREIGN / FLOODED.size()) + " records of topic long.journal are not")
                    .contains(
                            "audit clean: " + SAMPLES + " submitted, " + SAMPLES + " trained once")
                    .contains(" on " + (SHARDS + WORKERS) + " replicas", "all equal");
            assertThat(audit.exitValue()).isZero();
        }
    }

    private static void write(
            Producer<byte[], byte[]> producer, Producer<byte[], byte[]> stranger) {
        journal(producer, 0, new JournalRecord.RunCreated(settings()));
        producer.flush();
        for (int i = 0; i < FOREIGN; i++) {
            String topic = FLOODED.get(i % FLOODED.size());
            stranger.send(new ProducerRecord<>(
                    topic, 0, ("made-up-" + i).getBytes(UTF_8), new byte[200]));
        }
        stranger.flush();
        for (long i = 0; i < SAMPLES; i++) {
            byte[] line = ("{\"text\":\"sample " + i + " of a run that has very many of them\"}")
                    .getBytes(UTF_8);
            byte[] key = ("id-" + i).getBytes(UTF_8);
            producer.send(new ProducerRecord<>(TOPICS.samples(), 0, key, line));
            SampleOrigin origin = new SampleOrigin(0, i);
            boolean[] trainOn = new boolean[TOKENS];
            trainOn[1] = true;
            new TokenizedSample(
                            "id-" + i,
                            origin,
                            SampleIds.contentHash(line),
                            new int[TOKENS],
                            trainOn)
                    .toRecords(TOPICS.tokenized())
                    .forEach(producer::send);
            journal(
                    producer,
                    i,
                    new JournalRecord.SampleAdmitted(
                            new SequenceRef(i, TOKENS, 1, 1), "id-" + i, origin));
            if (i == 0) {
                // a new partition may refuse its first batch, and take the next before it
                producer.flush();
            }
        }
        for (long from = 0; from < SAMPLES; from += SAMPLES_PER_STEP) {
            version(producer, from, Math.min(SAMPLES, from + SAMPLES_PER_STEP));
        }
        journal(producer, SAMPLES, new JournalRecord.FinishAsked("test"));
        journal(producer, SAMPLES, new JournalRecord.RunFinished("all is trained"));
        producer.flush();
    }

    private static void version(Producer<byte[], byte[]> producer, long from, long to) {
        long version = from / SAMPLES_PER_STEP + 1;
        journal(
                producer,
                version,
                new JournalRecord.StepOpened(
                        version,
                        LongStream.range(from, to).boxed().toList(),
                        version,
                        "test",
                        new TreeMap<>()));
        List<TrainedAttempt> attempts = LongStream.iterate(
                        from, o -> o < to, o -> o + SAMPLES_PER_ATTEMPT)
                .mapToObj(first -> new TrainedAttempt(
                        first,
                        LongStream.range(first, Math.min(to, first + SAMPLES_PER_ATTEMPT))
                                .boxed()
                                .toList()))
                .toList();
        ContributionManifest contribution =
                new ContributionManifest(version, "w", 1, version - 1, attempts);
        for (int shard = 0; shard < SHARDS; shard++) {
            manifest(producer, shard, version, List.of(), contribution);
            if (version % STATE_EVERY == 0) {
                manifest(producer, shard, version, List.of(1L, 2L, 3L, 4L), contribution);
            }
            journal(
                    producer,
                    version,
                    new JournalRecord.ShardDigestAccepted(shard, version, version + shard));
        }
        for (int worker = 0; worker < WORKERS; worker++) {
            journal(
                    producer,
                    version,
                    new JournalRecord.WorkerDigestAccepted(
                            "worker-" + worker, worker, version, 2 * version + 1));
        }
        journal(
                producer,
                version,
                new JournalRecord.StepCommitted(version, version, version, Optional.empty()));
    }

    private static void manifest(
            Producer<byte[], byte[]> producer,
            int shard,
            long version,
            List<Long> checksums,
            ContributionManifest contribution) {
        ShardManifest manifest = new ShardManifest(
                shard,
                version,
                version,
                checksums,
                List.of(contribution),
                Optional.empty(),
                version + shard);
        producer.send(Wire.SHARD_MANIFESTS.toRecord(
                TOPICS.adapter(),
                shard,
                shard + "/manifest/" + version,
                manifest,
                "parameters",
                "v" + version));
    }

    private static void journal(Producer<byte[], byte[]> producer, long id, JournalRecord record) {
        producer.send(Wire.JOURNAL.toRecord(
                TOPICS.journal(), 0, "long", record, "planner", Long.toString(id)));
    }

    private static RunSettings settings() {
        return new RunSettings(
                        "long",
                        new RunSettings.ModelIdentity("tiny-llama", "hash", 1),
                        new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                        new StepSettings(SAMPLES_PER_STEP, 0, Duration.ZERO, 0, 1),
                        new OptimizerSettings(
                                new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                                0.9,
                                0.999,
                                1e-8,
                                0,
                                1),
                        new FleetSettings(SHARDS, 100, 100, Duration.ofSeconds(5)))
                .with(new RunIdentity("c0".repeat(32), "", new TreeMap<>()));
    }

    private static long residentKib(long pid) throws Exception {
        Path status = Path.of("/proc/" + pid + "/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
