package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What every process and command says when its client settings do not fit the broker. */
@Tag("slow")
class WrongClientsTest {

    private static final String HEAD = """
            # What is said when a client does not fit the broker

            This page is written by `WrongClientsTest` of `common/production`. Each fault is tried
            with every command that talks to a broker, and with the processes of a coordinator and
            of a worker. All say the same sentence, with exit code 3; with 4 where a file is not
            there.

            | fault | what is said |
            |---|---|
            """;

    /** What each command needs besides the broker. */
    private static final Map<String, List<String>> ARGUMENTS = Map.ofEntries(
            Map.entry("watch", List.of("--once")),
            Map.entry("tail", List.of("steps", "--once")),
            Map.entry("submit", List.of("samples.jsonl")),
            Map.entry("pause", List.of()),
            Map.entry("resume", List.of()),
            Map.entry("finish", List.of()),
            Map.entry("checkpoint", List.of("one")),
            Map.entry("rollback", List.of("one")),
            Map.entry("source add", List.of("one")),
            Map.entry("source pause", List.of("one")),
            Map.entry("source resume", List.of("one")),
            Map.entry("source remove", List.of("one")),
            Map.entry("source weight", List.of("one", "2")),
            Map.entry("source list", List.of()),
            Map.entry("audit", List.of()),
            Map.entry("export", List.of("adapter")),
            Map.entry("merge", List.of("merged", "--prefix", "plimsoll")),
            Map.entry("runs", List.of()),
            Map.entry("runs delete", List.of("one", "--yes")),
            Map.entry("forget", List.of("one", "--yes")));

    @TempDir
    static Path directory;

    private static GuardedBroker broker;
    private static GuardedBroker expired;

    @BeforeAll
    static void start() throws Exception {
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        broker = GuardedBroker.start(Files.createDirectory(directory.resolve("holds")));
        TestAuthority authority = new TestAuthority("authority");
        expired = GuardedBroker.start(
                Files.createDirectory(directory.resolve("expired")),
                authority,
                authority.expired("broker"));
        Files.writeString(directory.resolve("samples.jsonl"), "{\"text\":\"a\"}\n");
    }

    @AfterAll
    static void stop() {
        broker.close();
        expired.close();
    }

    private static Map<String, SortedMap<String, String>> faults() throws Exception {
        Map<String, SortedMap<String, String>> faults = new LinkedHashMap<>();
        faults.put("a wrong password", broker.withPassword(Party.VIEWER, "wrong-secret"));
        faults.put(
                "a mechanism that is switched off",
                with(broker.withPassword(Party.VIEWER), "sasl.mechanism", "SCRAM-SHA-256"));
        faults.put(
                "a client's certificate that has expired",
                broker.withStore(Party.VIEWER, broker.authority().expired("viewer")));
        faults.put(
                "a client's certificate of another authority",
                broker.withStore(Party.VIEWER, new TestAuthority("other").issue("viewer")));
        faults.put("no certificate of the client", without(pem(), "ssl.keystore"));
        faults.put(
                "an authority that did not sign the broker's certificate",
                with(
                        broker.withPassword(Party.VIEWER),
                        "ssl.truststore.location",
                        new TestAuthority("other")
                                .truststore(directory.resolve("other.p12"))
                                .toString()));
        faults.put("a broker's certificate that has expired", expired.withPassword(Party.VIEWER));
        faults.put(
                "no TLS to a port with TLS",
                with(new TreeMap<>(), "bootstrap.servers", broker.certificateBootstrap()));
        faults.put(
                "TLS to a port without",
                with(
                        broker.withPassword(Party.VIEWER),
                        "bootstrap.servers",
                        broker.administrator().bootstrap()));
        faults.put(
                "a wrong password of the store",
                with(
                        broker.withStore(Party.VIEWER, broker.authority().issue("viewer")),
                        "ssl.keystore.password",
                        "wrong-secret"));
        faults.put("a key in PEM that is none", with(pem(), "ssl.keystore.key", "wrong-secret"));
        faults.put(
                "a reference to a file that is not there",
                with(pem(), "ssl.keystore.key", "${dir:/no/such/directory:tls.key}"));
        return faults;
    }

    private static SortedMap<String, String> pem() throws Exception {
        return broker.withPem(Party.VIEWER);
    }

    private static SortedMap<String, String> with(
            SortedMap<String, String> settings, String name, String value) {
        SortedMap<String, String> changed = new TreeMap<>(settings);
        changed.put(name, value);
        return changed;
    }

    private static SortedMap<String, String> without(
            SortedMap<String, String> settings, String prefix) {
        SortedMap<String, String> changed = new TreeMap<>(settings);
        changed.keySet().removeIf(name -> name.startsWith(prefix));
        return changed;
    }

    @Test
    void everyoneSaysTheSameSentence() throws Exception {
        StringBuilder page = new StringBuilder(HEAD);
        for (Map.Entry<String, SortedMap<String, String>> fault : faults().entrySet()) {
            TreeSet<String> sentences = new TreeSet<>();
            Path file = Commands.file(directory, fault.getValue());
            for (List<String> command : commands()) {
                List<String> all = new ArrayList<>(command);
                all.addAll(List.of("--kafka-config", file.toString()));
                Ended said = Commands.run(all);
                check(fault.getKey() + ", " + command, said.code(), said.err());
                sentences.add(Page.steady(said.err()));
            }
            for (String process : List.of("coordinator", "worker")) {
                ManagedProcess ended = ended(process, fault.getValue());
                String last = ended.lastLine().replaceFirst("^plimsoll worker: ", "");
                check(fault.getKey() + ", " + process, ended.exitCode(), last);
                sentences.add(Page.steady(last));
            }
            assertThat(sentences).as(fault.getKey()).hasSize(1);
            page.append("| ").append(fault.getKey()).append(" | ");
            page.append(sentences.first()).append(" |\n");
        }
        Page.requireTheSame("CONNECTION-REFUSALS.md", page.toString());
    }

    /** A setting that cannot be read is one of the input's; all else is one of the broker's. */
    private static void check(String what, int code, String sentence) {
        assertThat(code)
                .as(what + ": " + sentence)
                .isEqualTo(
                        what.startsWith("a reference")
                                ? ExitCode.INPUT.number()
                                : ExitCode.BROKER.number());
        assertThat(sentence).as(what).isNotEmpty().doesNotContain("\n", "secret");
    }

    private static List<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(Plimsoll.commandLine(), List.of(), all);
        assertThat(all).hasSizeGreaterThanOrEqualTo(ARGUMENTS.size() - 1);
        return all;
    }

    private static void collect(CommandLine command, List<String> words, List<List<String>> found) {
        boolean asksABroker =
                command.getMixins().values().stream().anyMatch(BrokerOptions.class::isInstance);
        List<String> arguments = ARGUMENTS.get(String.join(" ", words));
        if (asksABroker && arguments != null) {
            List<String> whole = new ArrayList<>(words);
            arguments.forEach(word -> whole.add(
                    word.endsWith(".jsonl") || word.equals("adapter") || word.equals("merged")
                            ? directory.resolve(word).toString()
                            : word));
            found.add(whole);
        }
        command.getSubcommands().forEach((name, below) -> {
            List<String> longer = new ArrayList<>(words);
            longer.add(name);
            collect(below, longer, found);
        });
    }

    private static ManagedProcess ended(String process, Map<String, String> client)
            throws Exception {
        Map<String, String> properties = new TreeMap<>();
        properties.put("model", GuardedFleet.MODEL.toString());
        properties.put("quarkus.http.port", "0");
        Path logs = Files.createTempDirectory(directory, "logs");
        try (ProcessGroup group =
                ProcessGroup.unsupervised(logs, ClientSettings.variables(client))) {
            properties
                    .keySet()
                    .removeIf(name -> process.equals("worker") && name.startsWith("quarkus"));
            ManagedProcess started = group.start(
                    process,
                    process.equals("worker")
                            ? Programs.worker(properties)
                            : Programs.coordinator(properties));
            long deadline = System.nanoTime() + 120_000_000_000L;
            while (started.alive() && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            assertThat(started.alive()).as(started.tail()).isFalse();
            return started;
        }
    }
}
