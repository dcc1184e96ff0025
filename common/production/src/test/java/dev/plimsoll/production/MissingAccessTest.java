package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.start.StartProblem;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.AccessCheck;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What each party says when one of its rights is missing, one after the other. */
@Tag("slow")
class MissingAccessTest {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final String HEAD = """
            # What is said when a right is missing

            This page is written by `MissingAccessTest` of `common/production`: a broker allows each
            party of a run what [ACCESS.md](ACCESS.md) lists, one right is taken away, and the party
            does what needs it. A coordinator's and a worker's check is the one at their start,
            before anything is written. The exit code is 3 in every row.

            | party | without | does | says |
            |---|---|---|---|
            """;

    @TempDir
    static Path directory;

    private static GuardedBroker broker;
    private static final Topics TOPICS = new Topics("run");
    /** Without a run: to make the topics of one anew is refused for another reason. */
    private static final Topics FRESH = new Topics("fresh");

    private final Map<Party, Commands> commands = new EnumMap<>(Party.class);

    @BeforeAll
    static void start() throws Exception {
        broker = GuardedBroker.start(directory);
        try (GuardedFleet fleet = new GuardedFleet(directory, TOPICS.prefix())) {
            fleet.coordinator(
                    "ingest,plan,parameters",
                    Map.of("bootstrap.servers", broker.administrator().bootstrap()),
                    Map.of());
            await().atMost(PATIENCE).until(() -> fleet.get("/api/run").contains("\"version\":0"));
        }
        broker.allow(TOPICS);
        broker.allow(FRESH);
        assertThat(start(FRESH, Party.COORDINATOR, "ingest,plan").code()).isZero();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void eachMissingRightIsNamed() throws Exception {
        StringBuilder page = new StringBuilder(HEAD);
        for (Map.Entry<Party, List<Grant>> row : Access.of(TOPICS).entrySet()) {
            Ended well = said(row.getKey(), "everything", with(row.getKey()));
            assertThat(well.code()).as(row.getKey().title() + ": " + well.err()).isZero();
            for (Grant grant : row.getValue()) {
                for (Operation operation : grant.operations()) {
                    if (operation != Operation.CREATE) {
                        page.append(row(row.getKey(), grant, operation));
                    }
                }
            }
        }
        for (Grant grant : Access.of(FRESH).get(Party.COORDINATOR)) {
            if (grant.operations().contains(Operation.CREATE)) {
                page.append(created(Party.COORDINATOR, grant));
            }
        }
        Page.requireTheSame("ACCESS-REFUSALS.md", page.toString());
    }

    /** What a party does that has all rights. */
    private static List<String> with(Party party) {
        return switch (party) {
            case COORDINATOR, PARAMETERS, WORKER -> List.of();
            case PRODUCER -> List.of("submit", "--no-wait", "samples.jsonl");
            case OPERATOR, VIEWER -> List.of("watch", "--once");
            case AUDIT -> List.of("audit");
        };
    }

    private String row(Party party, Grant grant, Operation operation) throws Exception {
        List<String> does = does(party, grant);
        broker.forbid(party, grant, operation);
        Ended said = said(party, grant.resource(), does);
        broker.allow(party, grant, operation);
        return row(party, grant, operation, does, said);
    }

    /** A topic that is not there is not made. */
    private String created(Party party, Grant grant) throws Exception {
        delete(grant.name());
        broker.forbid(party, grant, Operation.CREATE);
        Ended said = start(FRESH, party, "ingest,plan");
        broker.allow(party, grant, Operation.CREATE);
        assertThat(start(FRESH, party, "ingest,plan").code()).isZero();
        return row(party, grant, Operation.CREATE, List.of(), said);
    }

    private static String row(
            Party party, Grant grant, Operation operation, List<String> does, Ended said) {
        assertThat(said.code())
                .as(party.title() + " without " + operation + " on " + grant.resource() + ": "
                        + said.out() + said.err())
                .isEqualTo(ExitCode.BROKER.number());
        assertThat(said.err()).doesNotContain("\n").contains(grant.name());
        return "| " + party.title() + " | " + operation + " " + grant.resource() + " | "
                + (does.isEmpty() ? "starts" : "`" + String.join(" ", does) + "`") + " | "
                + Page.steady(said.err()) + " |\n";
    }

    /** Empty: it starts. */
    private List<String> does(Party party, Grant grant) {
        return switch (party) {
            case COORDINATOR, PARAMETERS, WORKER -> List.of();
            case PRODUCER -> List.of("submit", "--no-wait", "samples.jsonl");
            case AUDIT -> List.of("audit");
            case OPERATOR, VIEWER -> {
                if (grant.name().equals(TOPICS.control())) {
                    yield List.of("pause", "--wait", "0");
                }
                if (grant.name().equals(TOPICS.adapter())) {
                    yield List.of("export", "--no-audit", "adapter");
                }
                if (grant.name().equals(TOPICS.optimizer())) {
                    yield List.of("export", "--no-audit", "--with-optimizer", "adapter");
                }
                yield grant.name().equals(TOPICS.telemetry())
                        ? List.of("source", "list", "--wait", "1")
                        : List.of("watch", "--once");
            }
        };
    }

    private Ended said(Party party, String what, List<String> does) throws Exception {
        return switch (party) {
            case COORDINATOR -> start(TOPICS, party, "ingest,plan");
            case PARAMETERS -> start(TOPICS, party, "parameters");
            case WORKER -> check();
            case OPERATOR, PRODUCER, VIEWER, AUDIT -> {
                if (!commands.containsKey(party)) {
                    commands.put(party, new Commands(directory, broker.withPassword(party)));
                }
                Files.writeString(
                        directory.resolve("samples.jsonl"), "{\"text\":\"" + what + "\"}\n");
                Ended ended = commands.get(party)
                        .run(
                                TOPICS.prefix(),
                                does.stream()
                                        .map(word -> word.equals("adapter")
                                                        || word.endsWith(".jsonl")
                                                ? directory.resolve(word).toString()
                                                : word)
                                        .toArray(String[]::new));
                // what a viewer does not see besides is another line
                String[] lines = ended.err().split("\n");
                yield new Ended(
                        ended.code(),
                        ended.out(),
                        lines[0].startsWith("rejected samples are not shown")
                                ? lines[lines.length - 1].replaceFirst("^plimsoll: ", "")
                                : ended.err());
            }
        };
    }

    private static Ended start(Topics topics, Party party, String roles) throws Exception {
        try {
            new Preflight(CoordinatorSettings.read(
                            new Properties(),
                            Map.of(),
                            "--kafka-config="
                                    + Commands.file(directory, broker.withPassword(party)),
                            "--prefix=" + topics.prefix(),
                            "--roles=" + roles,
                            "--model=" + GuardedFleet.MODEL))
                    .check();
            return new Ended(0, "", "");
        } catch (StartProblem e) {
            return new Ended(e.exitCode().number(), "", e.getMessage());
        }
    }

    /** As a worker does it at its start, whose next step would be to load libtorch. */
    private static Ended check() {
        Map<String, String> settings = broker.withPassword(Party.WORKER);
        try (Admin admin =
                new Clients(settings.get("bootstrap.servers"), settings).admin("test-worker")) {
            AccessCheck.require(admin, TOPICS, List.of(Party.WORKER));
            return new Ended(0, "", "");
        } catch (BrokerProblem e) {
            return new Ended(ExitCode.BROKER.number(), "", e.getMessage());
        }
    }

    private static void delete(String topic) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.deleteTopics(List.of(topic)).all().get();
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> !admin.listTopics().names().get().contains(topic));
        }
    }
}
