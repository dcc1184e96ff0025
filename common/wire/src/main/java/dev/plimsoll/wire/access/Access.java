package dev.plimsoll.wire.access;

import static dev.plimsoll.wire.access.Operation.CREATE;
import static dev.plimsoll.wire.access.Operation.DELETE;
import static dev.plimsoll.wire.access.Operation.DESCRIBE;
import static dev.plimsoll.wire.access.Operation.DESCRIBE_CONFIGS;
import static dev.plimsoll.wire.access.Operation.READ;
import static dev.plimsoll.wire.access.Operation.WRITE;

import dev.plimsoll.wire.Topics;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What each party of a run needs to be allowed on a broker that allows nothing by itself: no more,
 * and no less. Idempotent producers need nothing besides the right to write to a topic (KIP-679).
 * Decision 0160.
 */
public final class Access {

    private Access() {}

    /** By party; every topic and id under the run's prefix. */
    public static Map<Party, List<Grant>> of(Topics topics) {
        Map<Party, List<Grant>> table = new EnumMap<>(Party.class);
        table.put(Party.COORDINATOR, coordinator(topics));
        table.put(Party.PARAMETERS, parameters(topics));
        table.put(Party.WORKER, worker(topics));
        table.put(Party.OPERATOR, operator(topics));
        table.put(Party.PRODUCER, List.of(Grant.topic(topics.samples(), WRITE)));
        table.put(Party.VIEWER, viewer(topics));
        table.put(Party.AUDIT, audit(topics));
        return table;
    }

    /** It also makes the topics that are missing, and looks at the settings of those there are. */
    private static List<Grant> coordinator(Topics topics) {
        return List.of(
                Grant.topic(topics.samples(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.rejected(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.tokenized(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.commands(), WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.reports(), READ, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.telemetry(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.gradients(), DESCRIBE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.sums(), DESCRIBE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.adapter(), DESCRIBE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.optimizer(), DESCRIBE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.journal(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.control(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.steps(), READ, WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.evaluations(), WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.topic(topics.parked(), WRITE, CREATE, DESCRIBE_CONFIGS),
                Grant.groups(topics.ingestGroup()),
                Grant.groups(topics.prefix() + "-telemetry-"),
                Grant.transactions(topics.prefix() + "-ingest", false),
                Grant.transactions(topics.prefix() + "-planner", false));
    }

    /** It shows a page too. */
    private static List<Grant> parameters(Topics topics) {
        return List.of(
                Grant.topic(topics.samples(), DESCRIBE),
                Grant.topic(topics.commands(), READ),
                Grant.topic(topics.reports(), WRITE),
                Grant.topic(topics.telemetry(), READ),
                Grant.topic(topics.gradients(), READ, DELETE),
                Grant.topic(topics.sums(), READ, WRITE, DELETE),
                Grant.topic(topics.adapter(), READ, WRITE),
                Grant.topic(topics.optimizer(), READ, WRITE),
                Grant.topic(topics.journal(), READ),
                Grant.topic(topics.steps(), READ),
                Grant.groups(topics.prefix() + "-telemetry-"),
                Grant.transactions(topics.prefix() + "-shard-", true));
    }

    private static List<Grant> worker(Topics topics) {
        return List.of(
                Grant.topic(topics.tokenized(), READ),
                Grant.topic(topics.commands(), READ),
                Grant.topic(topics.reports(), WRITE),
                Grant.topic(topics.telemetry(), WRITE),
                Grant.topic(topics.gradients(), READ, WRITE),
                Grant.topic(topics.sums(), READ),
                Grant.topic(topics.adapter(), READ),
                Grant.topic(topics.optimizer(), READ),
                Grant.topic(topics.journal(), READ),
                Grant.topic(topics.parked(), WRITE));
    }

    private static List<Grant> operator(Topics topics) {
        return List.of(
                Grant.topic(topics.telemetry(), READ),
                Grant.topic(topics.adapter(), READ),
                Grant.topic(topics.optimizer(), READ),
                Grant.topic(topics.journal(), READ),
                Grant.topic(topics.control(), WRITE),
                Grant.topic(topics.steps(), READ),
                Grant.topic(topics.evaluations(), READ));
    }

    private static List<Grant> viewer(Topics topics) {
        return List.of(
                Grant.topic(topics.telemetry(), READ),
                Grant.topic(topics.journal(), READ),
                Grant.topic(topics.steps(), READ),
                Grant.topic(topics.evaluations(), READ));
    }

    private static List<Grant> audit(Topics topics) {
        return List.of(
                Grant.topic(topics.samples(), READ),
                Grant.topic(topics.rejected(), READ),
                Grant.topic(topics.tokenized(), READ),
                Grant.topic(topics.gradients(), READ),
                Grant.topic(topics.adapter(), READ),
                Grant.topic(topics.journal(), READ),
                Grant.topic(topics.steps(), READ));
    }
}
