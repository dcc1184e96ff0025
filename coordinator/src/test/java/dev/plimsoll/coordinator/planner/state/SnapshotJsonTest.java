package dev.plimsoll.coordinator.planner.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Snapshots are in journals: however the state is divided into classes, their names stay. */
class SnapshotJsonTest {
    @Test
    void theNamesInASnapshotAreThese() throws Exception {
        TestPlanner planner = TestPlanner.ofSamplesPerStep(2).worker("a");
        planner.samples(3);
        planner.report(
                TestPlanner.failed(planner.underWay("a").getFirst(), FailureReason.OUT_OF_MEMORY));
        JsonNode snapshot = Json.mapper().readTree(planner.state.toJson());
        assertThat(names(snapshot))
                .containsExactly(
                        "run",
                        "nextOffsets",
                        "fleet",
                        "backlog",
                        "steps",
                        "progress",
                        "checkpoints",
                        "versions",
                        "evaluations",
                        "forecasts",
                        "speeds",
                        "regrets");
        assertThat(names(snapshot.at("/progress")))
                .containsExactly(
                        "nextStep",
                        "stepsDone",
                        "updates",
                        "version",
                        "inputsLost",
                        "paused",
                        "finishAsked",
                        "finished");
        assertThat(names(snapshot.at("/steps")))
                .containsExactly("steps", "lastAttempt", "lastContribution");
        assertThat(names(snapshot.at("/steps/steps/0")))
                .containsExactly("step", "ledger", "contributions", "whole");
        assertThat(names(snapshot.at("/versions")))
                .containsExactly("unsaved", "saved", "places", "digests", "whole", "asked");
        assertThat(names(snapshot.at("/steps/steps/0/step")))
                .containsExactly("header", "members", "waiting", "troubles", "notes", "phase");
        assertThat(names(snapshot.at("/steps/steps/0/step/troubles/0")))
                .containsExactly(
                        "maxSequences", "fullestPlan", "unreadableAlone", "unfitWorkers", "note");
        assertThat(names(snapshot.at("/evaluations")))
                .containsExactly("samples", "open", "through", "last", "best");
        assertThat(names(snapshot.at("/checkpoints")))
                .containsExactly("taken", "waiting", "work", "requests", "news");
        assertThat(PlannerState.fromJson(planner.state.toJson())).isEqualTo(planner.state);
    }

    /** One from before the planner knew a process's first generation is read, and says the same. */
    @Test
    void aSnapshotWithoutFirstGenerationsIsRead() throws Exception {
        TestPlanner planner = TestPlanner.ofSamplesPerStep(2).worker("a");
        planner.report(new Report.Left("a", 1, "it lost its state"));
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        JsonNode snapshot = Json.mapper().readTree(planner.state.toJson());
        ObjectNode worker = (ObjectNode) snapshot.at("/fleet/members/a");
        assertThat(worker.remove("firstGeneration").asLong()).isEqualTo(1);
        PlannerState read = PlannerState.fromJson(snapshot.toString());
        assertThat(Json.mapper().readTree(read.toJson())).isEqualTo(snapshot);
        assertThat(read.fleet().worker("a").orElseThrow().mayHaveHad(1)).isFalse();
        assertThat(planner.state.fleet().worker("a").orElseThrow().mayHaveHad(1))
                .isTrue();
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
