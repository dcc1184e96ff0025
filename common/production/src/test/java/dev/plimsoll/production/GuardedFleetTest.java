package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.production.RecordingAuthorizer.Asked;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A fleet of whole processes trains on a broker that allows each party what {@link Access} says and
 * nothing else, by passwords and by certificates, and uses every right that the table gives it.
 */
@Tag("slow")
class GuardedFleetTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    static Path directory;

    private static GuardedBroker broker;

    private final Topics topics = new Topics("guarded");

    @BeforeAll
    static void start() throws Exception {
        broker = GuardedBroker.start(directory);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void trainsAndUsesEveryRight() throws Exception {
        broker.allow(topics);
        try (GuardedFleet fleet = new GuardedFleet(directory, topics.prefix())) {
            Map<String, String> run = Map.of(
                    "samples-per-step", "4",
                    "max-microbatch-tokens", "64",
                    "state-every", "50",
                    "evaluate-every", "2",
                    "shards", "2");
            fleet.coordinator("ingest,plan", broker.withPassword(Party.COORDINATOR), run);
            fleet.coordinator("parameters", broker.withPem(Party.PARAMETERS), run);
            fleet.worker("anna", broker.withPem(Party.WORKER));
            fleet.worker(
                    "bert", broker.withStore(Party.WORKER, broker.authority().issue("worker")));
            await().atMost(PATIENCE).until(() -> {
                fleet.requireAllRun();
                return fleet.get("/api/run").split("\"ready\":true", -1).length == 3;
            });
            disturb();
            ask(fleet);
            submit();
            goOn(fleet, run);
            Commands operator = commands(Party.OPERATOR);
            assertThat(operator.run(topics.prefix(), "finish").code()).isZero();
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> fleet.get("/api/run").contains("\"finished\":true"));
            look();
        }
        everyRightWasUsed();
        nothingElseWasAsked();
    }

    /** Records that nobody understands: who finds them puts them aside, which is a right too. */
    private void disturb() throws Exception {
        Clients anybodys = broker.administrator();
        RunSettings run;
        try (JournalReader journal = new JournalReader(anybodys, topics, "test-run")) {
            run = journal.awaitRun(PATIENCE).orElseThrow();
        }
        byte[] noise = "noise".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (Producer<byte[], byte[]> writer = anybodys.of(run, topics).writer("test-noise")) {
            writer.send(new ProducerRecord<>(topics.control(), 0, noise, noise)).get();
            writer.send(new ProducerRecord<>(topics.commands(), 0, noise, noise))
                    .get();
        }
    }

    private void ask(GuardedFleet fleet) throws Exception {
        String form = "application/x-www-form-urlencoded";
        assertThat(fleet.post("/api/control/pause", form, "")).isEqualTo(202);
        assertThat(fleet.post("/api/control/resume", form, "")).isEqualTo(202);
        assertThat(fleet.post("/api/control/source-add?name=held&evaluation=true", form, ""))
                .isEqualTo(202);
        await().atMost(PATIENCE).until(() -> fleet.get("/api/run").contains("\"held\""));
        assertThat(fleet.post("/samples", "application/x-ndjson", "{\"text\":\"by http\"}\n"))
                .isEqualTo(200);
    }

    private void submit() throws Exception {
        StringBuilder lines = new StringBuilder("this is no sample\n");
        for (int i = 0; i < 60; i++) {
            lines.append("{\"text\":\"sample number ").append(i).append(", of some length\"}\n");
        }
        Path samples = Files.writeString(directory.resolve("samples.jsonl"), lines);
        Path held = Files.writeString(
                directory.resolve("held.jsonl"), "{\"text\":\"held back for evaluation\"}\n");
        Commands producer = commands(Party.PRODUCER);
        Ended first =
                producer.run(topics.prefix(), "submit", held.toString(), "--source-name", "held");
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).contains("1 samples submitted", "What becomes of them is not told");
        Ended second = producer.run(topics.prefix(), "submit", samples.toString(), "--no-wait");
        assertThat(second.code()).as(second.err()).isZero();
    }

    /**
     * In the middle of the training shards and coordinator are started again: they read what the
     * ones before wrote. Afterwards the fleet rests twice, and writes its state each time.
     */
    private void goOn(GuardedFleet fleet, Map<String, String> run) throws Exception {
        await().atMost(PATIENCE).until(() -> fleet.get("/api/steps").contains("\"step\":2"));
        fleet.stopFirst();
        fleet.stopFirst();
        fleet.coordinator("ingest,plan", broker.withPassword(Party.COORDINATOR), run);
        fleet.coordinator("parameters", broker.withPem(Party.PARAMETERS), run);
        awaitRest(fleet);
        Path more = Files.writeString(
                directory.resolve("more.jsonl"), "{\"text\":\"one more sample\"}\n".repeat(8));
        assertThat(commands(Party.PRODUCER)
                        .run(topics.prefix(), "submit", more.toString(), "--no-wait")
                        .code())
                .isZero();
        await().atMost(PATIENCE)
                .until(() -> !fleet.get("/api/run").contains("waiting for samples"));
        awaitRest(fleet);
    }

    private static void awaitRest(GuardedFleet fleet) {
        await().atMost(PATIENCE).until(() -> {
            fleet.requireAllRun();
            return fleet.get("/api/run").contains("waiting for samples");
        });
    }

    private void look() throws Exception {
        Ended audit = commands(Party.AUDIT).run(topics.prefix(), "audit");
        assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
        Commands operator = commands(Party.OPERATOR);
        Ended export = operator.run(
                topics.prefix(),
                "export",
                directory.resolve("adapter").toString(),
                "--with-optimizer",
                "--no-audit",
                "--model",
                GuardedFleet.MODEL.toString());
        assertThat(export.code()).as(export.out() + export.err()).isZero();
        for (Party party : List.of(Party.OPERATOR, Party.VIEWER)) {
            Commands who = commands(party);
            Ended watch = who.run(topics.prefix(), "watch", "--once");
            assertThat(watch.code()).as(watch.err()).isZero();
            assertThat(watch.out()).contains("evaluation of version 2");
            assertThat(watch.err()).contains("rejected samples are not shown");
            Ended runs = who.run(topics.prefix(), "runs");
            assertThat(runs.out()).contains("guarded", "finished");
        }
    }

    private void everyRightWasUsed() {
        Set<Asked> asked = RecordingAuthorizer.asked();
        List<String> unused = new ArrayList<>();
        Access.of(topics)
                .forEach((party, grants) -> grants.forEach(grant -> {
                    for (Operation operation : grant.operations()) {
                        if (asked.stream().noneMatch(is -> uses(is, party, grant, operation))) {
                            unused.add(party.title() + " " + operation + " " + grant.resource());
                        }
                    }
                }));
        assertThat(unused).as("rights that nobody used").isEmpty();
    }

    private static boolean uses(Asked asked, Party party, Grant grant, Operation operation) {
        return asked.allowed()
                && asked.user().equals(party.title())
                && asked.type() == ResourceType.valueOf(grant.kind().name())
                && asked.operation().name().equals(operation.name())
                && (grant.prefixed()
                        ? asked.name().startsWith(grant.name())
                        : asked.name().equals(grant.name()));
    }

    /** But whether it may be seen, which lists of topics ask of each. */
    private void nothingElseWasAsked() {
        Set<String> refused = RecordingAuthorizer.asked().stream()
                .filter(is -> !is.allowed())
                .filter(is -> is.type() != ResourceType.TOPIC
                        || !is.operation().name().startsWith("DESCRIBE"))
                .filter(is -> is.type() != ResourceType.CLUSTER)
                // with this name a broker looks whether a user may write to any topic
                .filter(is -> !is.name().equals("hardcode"))
                .map(is -> is.user() + " " + is.operation() + " " + is.type() + " " + is.name())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(refused).isEmpty();
    }

    private Commands commands(Party party) throws Exception {
        return new Commands(
                directory,
                party == Party.VIEWER
                        ? broker.withPem(party)
                        : party == Party.AUDIT
                                ? broker.withPassword(party)
                                : broker.withStore(party, broker.authority().issue(party.title())));
    }
}
