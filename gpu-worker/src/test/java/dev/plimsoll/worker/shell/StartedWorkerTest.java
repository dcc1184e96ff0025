package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.embedded.SecuredBroker;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What a worker does before it joins, with the real engine. */
class StartedWorkerTest {

    private static final String MODEL = "../common/model/tiny-llama";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void anEngineThatCannotOpenIsToldInItsOwnWords() {
        EngineThread engine = new EngineThread(() -> {
            throw new ModelException("there is no usable device");
        });
        assertThatThrownBy(() -> new StartedWorker(null, null, "hash", 1, engine).start())
                .isInstanceOf(ModelException.class)
                .hasMessage("there is no usable device");
    }

    @Test
    void aModelThatIsNotTheRunsIsRefusedAndTheEngineEndsThatWasBeingPrepared() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            createRun(broker.bootstrap());
            refused(Map.of("plimsoll.bootstrap", broker.bootstrap()));
        }
    }

    @Test
    void aModelThatCannotBeLoadedIsToldWhileThereIsNoRunYet() throws Exception {
        Path half = Files.createDirectory(directory.resolve("half"));
        Files.copy(Path.of(MODEL, "config.json"), half.resolve("config.json"));
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"))) {
            refused(
                    Map.of(
                            "plimsoll.bootstrap", broker.bootstrap(),
                            "plimsoll.model", half.toString(),
                            "plimsoll.wait-for-run", "1h"),
                    ModelException.class,
                    "has neither model.safetensors");
        }
    }

    /** Code 3 in WorkerMain, and one sentence. */
    @Test
    void aJournalThatSaysNoRunAndABrokerThatCannotBeReadAreProblemsOfTheBroker() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            write(broker.bootstrap(), new JournalRecord.RunFinished("of something else"));
            refused(
                    Map.of("plimsoll.bootstrap", broker.bootstrap()),
                    BrokerProblem.class,
                    "is not RunCreated");
            Path settings = Files.writeString(
                    directory.resolve("client.properties"), "fetch.max.bytes=-1\n");
            refused(
                    Map.of(
                            "plimsoll.bootstrap",
                            broker.bootstrap(),
                            "plimsoll.kafka-config",
                            settings.toString()),
                    BrokerProblem.class,
                    "the broker at '" + broker.bootstrap()
                            + "' could not be asked what the run is");
        }
    }

    @Test
    @Tag("slow")
    void theRunIsFoundThroughTlsAndWithAPassword() throws Exception {
        try (SecuredBroker broker = SecuredBroker.start(directory)) {
            createRun(broker.plainBootstrap());
            for (Map<String, String> settings :
                    List.of(broker.tls(), broker.saslOverTls(SecuredBroker.PASSWORD))) {
                Properties file = new Properties();
                file.putAll(settings);
                Path path = directory.resolve("client.properties");
                try (Writer out = Files.newBufferedWriter(path)) {
                    file.store(out, null);
                }
                refused(Map.of("plimsoll.kafka-config", path.toString()));
            }
        }
    }

    /** Having read what the run is, the worker finds that its model is another. */
    private static void refused(Map<String, String> broker) throws InterruptedException {
        refused(broker, ModelException.class, "is not the run's, another");
    }

    private static void refused(
            Map<String, String> broker, Class<? extends RuntimeException> type, String sentence)
            throws InterruptedException {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "plimsoll.prefix", "test", "plimsoll.device", "cpu", "plimsoll.model", MODEL));
        properties.putAll(broker);
        assertThatThrownBy(() -> StartedWorker.prepare(WorkerSettings.read(properties, Map.of())))
                .isInstanceOf(type)
                .message()
                .contains(sentence)
                .doesNotContain("\n");
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("engine")) {
                assertThat(thread.join(PATIENCE)).isTrue();
            }
        }
    }

    private static void createRun(String bootstrap) {
        write(bootstrap, new JournalRecord.RunCreated(ofAnotherModel()));
    }

    private static void write(String bootstrap, JournalRecord first) {
        Clients clients = new Clients(bootstrap);
        Topics topics = new Topics("test");
        try (Admin admin = clients.admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        try (Producer<byte[], byte[]> writer = clients.writer("test")) {
            writer.send(Wire.JOURNAL.toRecord(topics.journal(), 0, "run", first, "test", "id"));
        }
    }

    private static RunSettings ofAnotherModel() {
        return new RunSettings(
                "run",
                new RunSettings.ModelIdentity("another", "h", 1_000),
                new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)),
                new StepSettings(4, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 512, 512, Duration.ofSeconds(2)));
    }
}
