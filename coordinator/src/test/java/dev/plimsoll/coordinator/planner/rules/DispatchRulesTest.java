package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

/** Who is given what of an open step, and when nobody is given anything. */
class DispatchRulesTest {
    private static final int TOKENS = 10;

    private TestPlanner planner;

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    /** A step of so many sequences of ten tokens is open, and no rule has decided on it yet. */
    private void open(int sequences, String... workers) {
        open(sequences, 1_000, workers);
    }

    private void open(int sequences, int maxMicroBatchTokens, String... workers) {
        planner = new TestPlanner(TestPlanner.stepsOf(sequences), 1, maxMicroBatchTokens);
        List.of(workers).forEach(planner::worker);
        for (int i = 0; i < sequences; i++) {
            planner.write(new JournalRecord.SampleAdmitted(
                    new SequenceRef(i, TOKENS, TOKENS, 1), "s" + i, new SampleOrigin(0, i)));
        }
        List<Long> ordinals = LongStream.range(0, sequences).boxed().toList();
        planner.write(new JournalRecord.StepOpened(0, ordinals, 0, ""));
    }

    private Decision run() {
        Draft draft = new Draft(planner.state, planner.nowMillis);
        DispatchRules.run(
                draft,
                draft.state().front().orElseThrow(),
                new Loading(LinearPeaks.OF_FOUR_LAYERS));
        Decision decision = draft.decision();
        decision.records().forEach(planner::write);
        return decision;
    }

    /** The workers in the order in which they are given something, each with how many sequences. */
    private static List<String> given(Decision decision) {
        return decision.commands().stream()
                .map(Command.TrainMicroBatch.class::cast)
                .map(train -> train.workerId() + " " + train.sequences().size())
                .toList();
    }

    @Test
    void theStepIsSpreadEvenlyOverWhatTheWorkersMayHold() {
        open(4, "a");
        assertThat(given(run())).containsExactly("a 2", "a 2");
        open(4, "a", "b");
        assertThat(given(run())).containsExactly("a 1", "b 1", "a 1", "b 1");
        open(2, "a", "b", "c");
        assertThat(given(run())).containsExactly("a 1", "b 1");
    }

    @Test
    void everyDispatchIsARecordAndACommandOfTheSameAttempt() {
        open(1, "a");
        Decision decision = run();
        assertThat(decision.records())
                .singleElement()
                .isInstanceOfSatisfying(JournalRecord.MicroBatchDispatched.class, dispatched -> {
                    Command.TrainMicroBatch train =
                            (Command.TrainMicroBatch) decision.commands().getFirst();
                    assertThat(dispatched.attempt()).isEqualTo(train.attempt());
                    assertThat(dispatched.plan()).isEqualTo(train.plan());
                    assertThat(dispatched.ordinals()).containsExactly(0L);
                });
    }

    @Test
    void aWorkerHoldsTwoMicroBatchesAndNoMore() {
        open(6, TOKENS, "a");
        assertThat(given(run())).containsExactly("a 1", "a 1");
        assertThat(planner.step().waiting()).hasSize(4);
        assertThat(run().isEmpty()).isTrue();
    }

    @Test
    void nobodyIsGivenAnything() {
        open(4);
        assertThat(run().isEmpty()).as("there is no worker").isTrue();

        open(4, "a");
        planner.write(new JournalRecord.PauseChanged(true, "test"));
        assertThat(run().isEmpty()).as("the run is paused").isTrue();

        open(4, "a");
        planner.write(new JournalRecord.WorkerDraining("a", planner.generation("a"), "test"));
        assertThat(run().isEmpty()).as("the worker is draining").isTrue();

        open(2, "a");
        run();
        assertThat(run().isEmpty()).as("nothing waits").isTrue();
    }

    @Test
    void whatFailedAloneUnderTheFullestPlanGoesToAnotherWorkerOrIsRejected() {
        open(1, "a", "b");
        failsAlone("a");
        assertThat(given(run())).containsExactly("b 1");

        open(1, "a");
        failsAlone("a");
        Decision decision = run();
        assertThat(decision.commands()).isEmpty();
        assertThat(decision.records())
                .singleElement()
                .isInstanceOf(JournalRecord.SampleRejected.class);
        assertThat(decision.rejections()).hasSize(1);
    }

    private void failsAlone(String workerId) {
        var attempt = TestPlanner.attempt(planner.state.nextAttempt(), 0);
        planner.write(new JournalRecord.MicroBatchDispatched(
                attempt, workerId, planner.generation(workerId), List.of(0L), Loading.FULLEST));
        planner.write(new JournalRecord.MicroBatchReturned(
                attempt, FailureReason.OUT_OF_MEMORY, "test", 1));
    }
}
