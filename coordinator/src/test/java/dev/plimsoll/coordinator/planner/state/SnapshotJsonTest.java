package dev.plimsoll.coordinator.planner.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.protocol.FailureReason;

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

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
