package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A worker and an export, as real processes, on file systems without room; skipped where none may
 * be mounted, and where coordinator and worker are not built.
 */
@Tag("slow")
@EnabledIf("dev.plimsoll.cli.BuiltTree#isBuilt")
@Timeout(600)
class FullDiskProcessesTest {

    private static final Topics TOPICS = new Topics("full");
    private static final Path MODEL =
            Path.of("../model/tiny-llama").toAbsolutePath().normalize();
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Of a worker's libraries; they take some hundred megabytes. */
    private static final String NO_ROOM = "1m";

    private static final String ROOM = "1g";

    @TempDir
    Path directory;

    private final List<Path> mounted = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Path small;
    private Path out;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        opened.add(BuiltTree.use());
        small = mounted("libraries", NO_ROOM);
        out = mounted("out", "64k");
    }

    private Path mounted(String name, String size) throws IOException, InterruptedException {
        Path disk = Files.createDirectory(directory.resolve(name));
        boolean done;
        try {
            done = runs("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString());
        } catch (IOException e) {
            done = false;
        }
        assumeTrue(done, "only root may mount");
        mounted.add(disk);
        return disk;
    }

    private static void resize(Path disk, String size) throws IOException, InterruptedException {
        assertThat(runs("mount", "-o", "remount,size=" + size, disk.toString())).isTrue();
    }

    private static boolean runs(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @AfterEach
    void unmount() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
        for (Path disk : mounted) {
            assertThat(runs("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void eachSaysItInOneSentenceAndGoesOnWhenThereIsRoom() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
        opened.add(broker);
        Path logs = Files.createDirectory(directory.resolve("logs"));
        ProcessGroup coordinators = ProcessGroup.unsupervised(logs);
        opened.add(coordinators);
        coordinators.start("coordinator", Programs.coordinator(settings(broker)));
        assertThat(coordinators.awaitReady("coordinator", PATIENCE))
                .as(coordinators.tails())
                .isPresent();

        aWorkerNeedsRoomForItsLibrariesAlone(broker, logs);
        anExportIsThereAsAWholeOrNotAtAll(broker);
    }

    private static Map<String, String> settings(EmbeddedBroker broker) {
        return new HashMap<>(Map.of(
                "model",
                MODEL.toString(),
                "bootstrap",
                broker.bootstrap(),
                "prefix",
                TOPICS.prefix(),
                "samples-per-step",
                "4",
                "state-every",
                "1",
                "quarkus.http.port",
                "0"));
    }

    /** What else it would write, to its temporary directory, has no room all the time. */
    private void aWorkerNeedsRoomForItsLibrariesAlone(EmbeddedBroker broker, Path logs)
            throws Exception {
        fill(out);
        ProcessGroup workers = ProcessGroup.unsupervised(
                logs,
                Map.of(
                        "DJL_CACHE_DIR",
                        small.toString(),
                        "JAVA_TOOL_OPTIONS",
                        "-Djava.io.tmpdir=" + out));
        opened.add(workers);
        ManagedProcess worker = workers.start(
                "worker",
                Programs.worker(new HashMap<>(Map.of(
                        "model", MODEL.toString(),
                        "bootstrap", broker.bootstrap(),
                        "prefix", TOPICS.prefix(),
                        "device", "cpu",
                        "worker-id", "worker"))));
        await("the worker's end", () -> !worker.alive());
        assertThat(worker.exitCode()).as(worker.tail()).isEqualTo(4);
        assertThat(worker.tail().lines().filter(line -> line.startsWith("plimsoll worker: ")))
                .singleElement(as(STRING))
                .contains("native libraries cannot be unpacked into " + small)
                .contains("No space left on device", "DJL_CACHE_DIR");
        assertThat(worker.tail()).doesNotContain("\tat ");
        assertThat(files(small)).isEmpty();

        resize(small, ROOM);
        workers.startAgain("worker");
        submit(broker);
        await("a step", () -> !worker.alive() || steps(broker) > 0);
        assertThat(worker.alive()).as(worker.tail()).isTrue();
        workers.close();
        Files.delete(out.resolve("filled"));
    }

    private void anExportIsThereAsAWholeOrNotAtAll(EmbeddedBroker broker) throws Exception {
        Path adapter = out.resolve("adapter");
        refused(broker, adapter);
        assertThat(files(out)).isEmpty();

        resize(out, "16m");
        exported(broker, adapter);
        Map<Path, Integer> before = contents(adapter);
        assertThat(before.keySet())
                .extracting(Path::getFileName)
                .contains(Path.of("adapter_model.safetensors"));

        fill(out);
        refused(broker, adapter);
        assertThat(contents(adapter)).isEqualTo(before);
        assertThat(files(out))
                .allMatch(file -> file.startsWith(adapter) || file.endsWith("filled"));

        Files.delete(out.resolve("filled"));
        exported(broker, adapter);
        assertThat(contents(adapter).keySet()).isEqualTo(before.keySet());
    }

    private void refused(EmbeddedBroker broker, Path adapter) throws Exception {
        List<String> said = export(broker, adapter, 4);
        assertThat(said).hasSize(1);
        assertThat(said.getFirst())
                .startsWith("plimsoll: ")
                .contains("No space left on device", "make room there");
    }

    private void exported(EmbeddedBroker broker, Path adapter) throws Exception {
        export(broker, adapter, 0);
    }

    /** Returns what was said on standard error. */
    private List<String> export(EmbeddedBroker broker, Path adapter, int code) throws Exception {
        Path err = directory.resolve("err");
        Process export = new ProcessBuilder(
                        Installation.java(),
                        "-Xmx256m",
                        "-Dplimsoll.home=" + Installation.home(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        Installation.ownClassPath(),
                        Plimsoll.class.getName(),
                        "export",
                        adapter.toString(),
                        "--model=" + MODEL,
                        "--prefix=" + TOPICS.prefix(),
                        "--bootstrap=" + broker.bootstrap())
                .redirectOutput(directory.resolve("out.txt").toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(export.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(export.exitValue()).as(Files.readString(err)).isEqualTo(code);
        return Files.readAllLines(err);
    }

    private void submit(EmbeddedBroker broker) throws IOException {
        Path data = directory.resolve("data.jsonl");
        Files.writeString(data, """
                {"text": "one of a few"}
                {"text": "two of a few"}
                {"text": "three of a few"}
                {"text": "four of a few"}
                """);
        assertThat(Plimsoll.commandLine()
                        .execute(
                                "submit",
                                data.toString(),
                                "--no-wait",
                                "--prefix=" + TOPICS.prefix(),
                                "--bootstrap=" + broker.bootstrap()))
                .isZero();
    }

    private static int steps(EmbeddedBroker broker) {
        AtomicInteger steps = new AtomicInteger();
        TopicScan.read(
                new Clients(broker.bootstrap()), TOPICS.steps(), _ -> steps.incrementAndGet());
        return steps.get();
    }

    private static void fill(Path disk) throws IOException {
        byte[] bytes = new byte[4_096];
        try (OutputStream file = Files.newOutputStream(disk.resolve("filled"))) {
            while (true) {
                file.write(bytes);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static List<Path> files(Path disk) throws IOException {
        try (Stream<Path> files = Files.walk(disk)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static Map<Path, Integer> contents(Path place) throws IOException {
        Map<Path, Integer> contents = new HashMap<>();
        for (Path file : files(place)) {
            contents.put(file, java.util.Arrays.hashCode(Files.readAllBytes(file)));
        }
        return contents;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("%s within %s", what, PATIENCE).isLessThan(end);
            Thread.sleep(200);
        }
    }
}
