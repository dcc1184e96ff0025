package dev.plimsoll.coordinator.planner;

import static dev.plimsoll.coordinator.testkit.TestPlanner.LOSS_TOKENS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A step's life when nothing goes wrong; when it opens; when the run ends. */
class PlannerTest {
    private TestPlanner planner = TestPlanner.ofSamplesPerStep(4);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    /** Row 8 of the hostile records. */
    @Test
    void aSequenceThatIsWrittenAgainIsNotAdmittedAgain() {
        TestPlanner planner = TestPlanner.ofSamplesPerStep(100);
        planner.samples(3);
        Decision again = planner.feed(new Input.SampleArrived(
                new SequenceRef(7, 10, 5, 1), "s1", new SampleOrigin(0, 1), SourceName.DEFAULT));
        assertThat(again.records()).isEmpty();
        assertThat(again.reason()).contains("admitted already");
        assertThat(planner.state.backlog().size()).isEqualTo(3);
        planner.feed(new Input.SampleArrived(
                new SequenceRef(8, 10, 5, 1), "s9", new SampleOrigin(0, 9), SourceName.DEFAULT));
        assertThat(planner.state.backlog().size()).isEqualTo(4);
    }

    @Test
    void aStepGoesFromSamplesToACommittedVersion() {
        planner = new TestPlanner(TestPlanner.stepsOf(4), 2).worker("a").worker("b");
        planner.samples(4);
        assertThat(planner.commands(Command.TrainMicroBatch.class))
                .hasSize(4)
                .allMatch(train -> train.version() == 0);
        planner.trainAll();
        assertThat(planner.commands(Command.Contribute.class)).hasSize(2);
        planner.contributeAll();
        Command.ApplyStep apply = planner.last(Command.ApplyStep.class);
        assertThat(apply.lossTokens()).isEqualTo(4L * LOSS_TOKENS);
        assertThat(apply.contributions())
                .extracting(ref -> ref.contribution())
                .containsExactly(1L, 2L);
        planner.nowMillis += 500;
        Decision committed = planner.commit();

        assertThat(planner.last(Command.FixClip.class).version()).isEqualTo(1);
        assertThat(planner.state.status().version()).isEqualTo(1);
        assertThat(planner.state.open()).isEmpty();
        StepRecord line = committed.steps().getFirst();
        assertThat(line.loss()).isEqualTo(1);
        assertThat(line.counts()).isEqualTo(new StepRecord.StepCounts(40, 24, 4, 4, 2));
        assertThat(line.rates().stepMillis()).isEqualTo(500);
        assertThat(line.rates().tokensPerSecond()).isEqualTo(80);
    }

    @Test
    void normAndClipAreThoseOfTheMeanGradient() {
        planner.worker("a").samples(4);
        planner.sumAll(576 * 4.0); // over 24 loss tokens: a mean gradient of norm 2
        Command.FixClip fix = planner.last(Command.FixClip.class);
        assertThat(fix.gradientNorm()).isEqualTo(2);
        assertThat(fix.gradientScale()).isCloseTo(0.5 / 24, within(1e-7));
        assertThat(fix.learningRate()).isEqualTo(0.05);
        planner.samples(4);
        planner.sumAll(1);
        assertThat(planner.last(Command.FixClip.class).gradientScale()).isEqualTo(1.0 / 24);
        assertThat(planner.last(Command.FixClip.class).learningRate()).isEqualTo(0.1);
    }

    @Test
    void membershipIsTheNextOrdinals() {
        planner.samples(3);
        assertThat(planner.state.open()).isEmpty();
        planner.samples(6);
        assertThat(planner.records(JournalRecord.StepOpened.class).getFirst().ordinals())
                .containsExactly(0L, 1L, 2L, 3L);
        planner.worker("a").commit();
        assertThat(planner.records(JournalRecord.StepOpened.class).getLast().ordinals())
                .containsExactly(4L, 5L, 6L, 7L);
        assertThat(planner.state.backlog().size()).isEqualTo(1);
    }

    @Test
    void aStepOfTokensIsFullWhenTheyAreReached() {
        planner = new TestPlanner(new StepSettings(0, 45, Duration.ZERO, 0, 0), 1);
        planner.samples(20, 20);
        assertThat(planner.state.open()).isEmpty();
        planner.samples(20, 20);
        assertThat(planner.records(JournalRecord.StepOpened.class).getFirst().ordinals())
                .containsExactly(0L, 1L, 2L);
    }

    @Test
    void anUnderFullStepOpensAfterTheLinger() {
        planner = new TestPlanner(new StepSettings(4, 0, Duration.ofSeconds(3), 0, 0), 1);
        planner.samples(2);
        planner.pass(Duration.ofMillis(100)); // it is seen to wait from here on
        planner.pass(Duration.ofMillis(2_900));
        planner.samples(1);
        assertThat(planner.state.open()).isEmpty();
        planner.pass(Duration.ofMillis(200));
        assertThat(planner.step().members()).hasSize(3);
        assertThat(planner.records(JournalRecord.StepOpened.class).getFirst().note())
                .contains("linger");
    }

    @Test
    void withoutALingerAnUnderFullStepWaitsForEver() {
        planner.samples(2);
        planner.pass(Duration.ofMinutes(1));
        assertThat(planner.state.open()).isEmpty();
    }

    @Test
    void theRunEndsAfterItsLastStep() {
        planner = new TestPlanner(new StepSettings(2, 0, Duration.ZERO, 1, 0), 1).worker("a");
        planner.samples(6);
        planner.commit();
        assertThat(planner.state.status().finished()).isTrue();
        assertThat(planner.commands(Command.FinishRun.class)).hasSize(1);
        assertThat(planner.samples(1).isEmpty()).isTrue();
        assertThat(planner.ask(new Control.Pause("me")).isEmpty()).isTrue();
        planner.feed(new Input.InputsDeleted("tokenized", 7, 9));
        assertThat(planner.state.status().inputsLost()).isEqualTo(2);
    }

    @Test
    void finishTrainsWhatIsLeftAndEndsTheRun() {
        planner.worker("a").samples(6);
        planner.ask(new Control.Finish("me"));
        assertThat(planner.ask(new Control.Finish("me")).records()).isEmpty();
        planner.commit();
        assertThat(planner.step().members()).hasSize(2);
        planner.commit();
        assertThat(planner.state.status().finished()).isTrue();
        assertThat(planner.state.status().version()).isEqualTo(2);
    }

    /** Of three epochs, the ordinals of each step. */
    private List<List<Long>> stepsOfThreeEpochs(int workers, int finishAfter) {
        planner = new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 7, 3, false), 1);
        for (int i = 0; i < workers; i++) {
            planner.worker("w" + i);
        }
        planner.samples(6);
        for (int step = 0; !planner.state.status().finished(); step++) {
            if (step == finishAfter) {
                planner.ask(new Control.Finish("me"));
            }
            if (planner.state.backlog().epoch() > 0) {
                planner.feed(TestPlanner.sample(100, 10, 6)); // comes too late
            }
            if (planner.state.open().isPresent()) {
                planner.commit();
            }
        }
        planner.requireReplays();
        return planner.records(JournalRecord.StepOpened.class).stream()
                .map(JournalRecord.StepOpened::ordinals)
                .toList();
    }

    @Test
    void everyEpochTakesEverySampleOnceInAnOrderOfItsOwnWhoeverWorks() {
        List<List<Long>> steps = stepsOfThreeEpochs(1, 0);
        assertThat(steps).hasSize(6);
        assertThat(steps.get(0)).containsExactly(0L, 1L, 2L, 3L);
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Long> all = new ArrayList<>(steps.get(2 * epoch));
            all.addAll(steps.get(2 * epoch + 1));
            assertThat(all).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L);
        }
        assertThat(steps.subList(2, 4))
                .isNotEqualTo(steps.subList(4, 6))
                .isNotEqualTo(steps.subList(0, 2));
        assertThat(planner.records(JournalRecord.StepOpened.class).getLast().note())
                .isEqualTo("epoch 3 of 3; under-full: the last");
        assertThat(stepsOfThreeEpochs(3, 1)).isEqualTo(steps);
    }

    @Test
    void whatComesAfterTheEndOfTheDataIsRejectedAndWhatRepeatsIsNot() {
        planner = new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 7, 2, false), 1)
                .worker("a");
        planner.samples(2);
        planner.ask(new Control.Finish("me"));
        planner.commit();
        assertThat(planner.state.backlog().isEnded()).isTrue();
        assertThat(planner.state.wantsSamples()).isTrue();
        Decision late = planner.feed(TestPlanner.sample(2, 10, 5));
        assertThat(late.rejections()).singleElement().satisfies(is -> {
            assertThat(is.reason()).isEqualTo(RejectionReason.AFTER_THE_END);
            assertThat(is.sample().sampleId()).isEqualTo("s2");
            assertThat(is.note()).contains("submit it to another run");
        });
        assertThat(late.records()).isEmpty();
        assertThat(late.isEmpty()).isFalse();
        assertThat(planner.feed(TestPlanner.sample(1, 10, 5)).isEmpty()).isTrue();
        Decision again = planner.feed(new Input.SampleArrived(
                new SequenceRef(9, 10, 5, 1), "s1", new SampleOrigin(0, 1), SourceName.DEFAULT));
        assertThat(again.isEmpty()).isTrue();
        planner.commit();
        assertThat(planner.state.status().finished()).isTrue();
        assertThat(planner.feed(TestPlanner.sample(10, 10, 5)).isEmpty()).isTrue();
    }

    @Test
    void aPausedRunStartsNoEpoch() {
        planner = new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 7, 2, false), 1)
                .worker("a");
        planner.samples(4);
        planner.ask(new Control.Finish("me"));
        planner.ask(new Control.Pause("me"));
        planner.commit();
        assertThat(planner.records(JournalRecord.EpochStarted.class)).isEmpty();
        planner.ask(new Control.Resume("me"));
        assertThat(planner.records(JournalRecord.EpochStarted.class)).hasSize(1);
    }

    @Test
    void aSnapshotThatLacksSomethingIsRefusedInsteadOfGuessedAt() {
        String whole = planner.state.toJson();
        String without = whole.replace("\"trained\":{},", "");
        assertThat(without).isNotEqualTo(whole);
        assertThatThrownBy(() -> PlannerState.fromJson(without)).hasMessageContaining("trained");
    }

    @Test
    void finishWithNothingLeftEndsTheRunAtOnce() {
        Decision decision = planner.ask(new Control.Finish("me"));
        assertThat(decision.records())
                .extracting(record -> record.getClass().getSimpleName())
                .containsExactly("FinishAsked", "RunFinished");
    }

    @Test
    void whilePausedNothingIsDispatchedOrOpened() {
        planner.worker("a").samples(10, 10, 95, 95);
        int dispatched = planner.commands(Command.TrainMicroBatch.class).size();
        assertThat(dispatched).isEqualTo(2);
        planner.ask(new Control.Pause("me"));
        assertThat(planner.ask(new Control.Pause("me")).records()).isEmpty();
        planner.trainAll();
        planner.samples(4);
        assertThat(planner.commands(Command.TrainMicroBatch.class)).hasSize(dispatched);
        planner.ask(new Control.Resume("me"));
        assertThat(planner.ask(new Control.Resume("me")).records()).isEmpty();
        planner.ask(new Control.Pause("me"));
        planner.commit();
        assertThat(planner.state.open()).isEmpty();
        planner.ask(new Control.Resume("me"));
        assertThat(planner.step().step()).isEqualTo(1);
    }

    @Test
    void anIdleRunMayBePausedAndFinished() {
        planner.ask(new Control.Pause("me"));
        planner.ask(new Control.Finish("me"));
        assertThat(planner.state.status().finished()).isTrue();
    }

    @Test
    void aSampleThatArrivesAgainIsAdmittedOnce() {
        planner.samples(2);
        assertThat(planner.feed(TestPlanner.sample(1, 10, 5)).isEmpty()).isTrue();
        assertThat(planner.state.backlog().size()).isEqualTo(2);
    }

    @Test
    void whatCannotBeTrainedIsRejectedWhenItArrives() {
        List<SampleRejection> tooLong =
                planner.feed(TestPlanner.sample(0, 201, 5)).rejections();
        List<SampleRejection> nothing =
                planner.feed(TestPlanner.sample(1, 10, 0)).rejections();
        assertThat(tooLong)
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.TOO_MANY_TOKENS);
        assertThat(nothing)
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.NOTHING_TO_TRAIN);
        assertThat(nothing.getFirst().sample().sampleId()).isEqualTo("s1");
        assertThat(planner.state.backlog().size()).isZero();
        assertThat(planner.state.backlog().nextOrdinal()).isEqualTo(2);
    }

    @Test
    void theLookAheadIsBounded() {
        assertThat(planner.state.wantsSamples()).isTrue();
        planner.ask(new Control.Pause("me"));
        planner.samples(1_024);
        assertThat(planner.state.wantsSamples()).isFalse();
        planner.ask(new Control.Resume("me"));
        assertThat(planner.state.wantsSamples()).isTrue();
        TestPlanner ofTokens = new TestPlanner(new StepSettings(0, 50_000, Duration.ZERO, 0, 0), 1);
        ofTokens.samples(1_100);
        assertThat(ofTokens.state.wantsSamples()).isTrue();
    }

    @Test
    void aDecisionSaysWhyAndChangesNothing() {
        PlannerState before = planner.state.copy();
        Decision decision = planner.core.decide(
                planner.state, planner.liveness, TestPlanner.sample(0, 10, 5), 1);
        assertThat(decision.reason()).isEqualTo("ordinal 0 admitted");
        assertThat(decision.isEmpty()).isFalse();
        assertThat(planner.state)
                .isEqualTo(before)
                .hasSameHashCodeAs(before)
                .hasToString(before.toString());
        assertThat(planner.core.decide(
                        planner.state, planner.liveness, TestPlanner.sample(0, 10, 5), 1))
                .isEqualTo(decision);
    }
}
