package dev.plimsoll.coordinator.planner;

import static dev.plimsoll.coordinator.planner.Bench.LOSS_TOKENS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A step's life when nothing goes wrong; when it opens; when the run ends. */
class PlannerTest {
    private Bench bench = Bench.ofSamplesPerStep(4);

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    @Test
    void aStepGoesFromSamplesToACommittedVersion() {
        bench = new Bench(Bench.stepsOf(4), 2).worker("a").worker("b");
        bench.samples(4);
        assertThat(bench.commands(Command.TrainMicroBatch.class))
                .hasSize(4)
                .allMatch(train -> train.version() == 0);
        bench.trainAll();
        assertThat(bench.commands(Command.Contribute.class)).hasSize(2);
        bench.contributeAll();
        Command.ApplyStep apply = bench.last(Command.ApplyStep.class);
        assertThat(apply.lossTokens()).isEqualTo(4L * LOSS_TOKENS);
        assertThat(apply.contributions())
                .extracting(ref -> ref.contribution())
                .containsExactly(1L, 2L);
        bench.nowMillis += 500;
        Decision committed = bench.commit();

        assertThat(bench.last(Command.VersionCommitted.class))
                .isEqualTo(new Command.VersionCommitted(0, 1));
        assertThat(bench.state.progress().version()).isEqualTo(1);
        assertThat(bench.state.open()).isEmpty();
        StepRecord line = committed.steps().getFirst();
        assertThat(line.loss()).isEqualTo(1);
        assertThat(line.counts()).isEqualTo(new StepRecord.StepCounts(40, 24, 4, 4, 2));
        assertThat(line.rates().stepMillis()).isEqualTo(500);
        assertThat(line.rates().tokensPerSecond()).isEqualTo(80);
    }

    @Test
    void normAndClipAreThoseOfTheMeanGradient() {
        bench.worker("a").samples(4);
        bench.sumAll(576 * 4.0); // over 24 loss tokens: a mean gradient of norm 2
        Command.FixClip fix = bench.last(Command.FixClip.class);
        assertThat(fix.gradientNorm()).isEqualTo(2);
        assertThat(fix.gradientScale()).isCloseTo(0.5 / 24, within(1e-7));
        assertThat(fix.learningRate()).isEqualTo(0.05);
        bench.report(bench.applied(0));
        bench.samples(4);
        bench.sumAll(1);
        assertThat(bench.last(Command.FixClip.class).gradientScale()).isEqualTo(1.0 / 24);
        assertThat(bench.last(Command.FixClip.class).learningRate()).isEqualTo(0.1);
    }

    @Test
    void membershipIsTheNextOrdinals() {
        bench.samples(3);
        assertThat(bench.state.open()).isEmpty();
        bench.samples(6);
        assertThat(bench.records(JournalRecord.StepOpened.class).getFirst().ordinals())
                .containsExactly(0L, 1L, 2L, 3L);
        bench.worker("a").commit();
        assertThat(bench.records(JournalRecord.StepOpened.class).getLast().ordinals())
                .containsExactly(4L, 5L, 6L, 7L);
        assertThat(bench.state.backlog().size()).isEqualTo(1);
    }

    @Test
    void aStepOfTokensIsFullWhenTheyAreReached() {
        bench = new Bench(new StepSettings(0, 45, Duration.ZERO, 0, 0), 1);
        bench.samples(20, 20);
        assertThat(bench.state.open()).isEmpty();
        bench.samples(20, 20);
        assertThat(bench.records(JournalRecord.StepOpened.class).getFirst().ordinals())
                .containsExactly(0L, 1L, 2L);
    }

    @Test
    void anUnderFullStepOpensAfterTheLinger() {
        bench = new Bench(new StepSettings(4, 0, Duration.ofSeconds(3), 0, 0), 1);
        bench.samples(2);
        bench.pass(Duration.ofMillis(100)); // it is seen to wait from here on
        bench.pass(Duration.ofMillis(2_900));
        bench.samples(1);
        assertThat(bench.state.open()).isEmpty();
        bench.pass(Duration.ofMillis(200));
        assertThat(bench.step().members()).hasSize(3);
        assertThat(bench.records(JournalRecord.StepOpened.class).getFirst().note())
                .contains("linger");
    }

    @Test
    void withoutALingerAnUnderFullStepWaitsForEver() {
        bench.samples(2);
        bench.pass(Duration.ofMinutes(1));
        assertThat(bench.state.open()).isEmpty();
    }

    @Test
    void theRunEndsAfterItsLastStep() {
        bench = new Bench(new StepSettings(2, 0, Duration.ZERO, 1, 0), 1).worker("a");
        bench.samples(6);
        bench.commit();
        assertThat(bench.state.progress().finished()).isTrue();
        assertThat(bench.commands(Command.FinishRun.class)).hasSize(1);
        assertThat(bench.samples(1).isEmpty()).isTrue();
        assertThat(bench.ask(new Control.Pause("me")).isEmpty()).isTrue();
        bench.feed(new Input.InputGone("tokenized", 7, 9));
        assertThat(bench.state.progress().inputsLost()).isEqualTo(2);
    }

    @Test
    void finishTrainsWhatIsLeftAndEndsTheRun() {
        bench.worker("a").samples(6);
        bench.ask(new Control.Finish("me"));
        assertThat(bench.ask(new Control.Finish("me")).records()).isEmpty();
        bench.commit();
        assertThat(bench.step().members()).hasSize(2);
        bench.commit();
        assertThat(bench.state.progress().finished()).isTrue();
        assertThat(bench.state.progress().version()).isEqualTo(2);
    }

    /** Of three epochs, the ordinals of each step. */
    private List<List<Long>> stepsOfThreeEpochs(int workers, int finishAfter) {
        bench = new Bench(new StepSettings(4, 0, Duration.ZERO, 0, 7, 3, false), 1);
        for (int i = 0; i < workers; i++) {
            bench.worker("w" + i);
        }
        bench.samples(6);
        for (int step = 0; !bench.state.progress().finished(); step++) {
            if (step == finishAfter) {
                bench.ask(new Control.Finish("me"));
            }
            if (bench.state.backlog().epoch() > 0) {
                bench.feed(Bench.sample(100, 10, 6)); // comes too late
            }
            if (bench.state.open().isPresent()) {
                bench.commit();
            }
        }
        bench.requireReplays();
        return bench.records(JournalRecord.StepOpened.class).stream()
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
        assertThat(bench.records(JournalRecord.StepOpened.class).getLast().note())
                .isEqualTo("epoch 3 of 3; under-full: the last");
        assertThat(stepsOfThreeEpochs(3, 1)).isEqualTo(steps);
    }

    @Test
    void aPausedRunStartsNoEpoch() {
        bench = new Bench(new StepSettings(4, 0, Duration.ZERO, 0, 7, 2, false), 1).worker("a");
        bench.samples(4);
        bench.ask(new Control.Finish("me"));
        bench.ask(new Control.Pause("me"));
        bench.commit();
        assertThat(bench.records(JournalRecord.EpochStarted.class)).isEmpty();
        bench.ask(new Control.Resume("me"));
        assertThat(bench.records(JournalRecord.EpochStarted.class)).hasSize(1);
    }

    @Test
    void aSnapshotThatLacksSomethingIsRefusedInsteadOfGuessedAt() {
        String whole = bench.state.toJson();
        String without = whole.replace("\"trained\":{},", "");
        assertThat(without).isNotEqualTo(whole);
        assertThatThrownBy(() -> PlannerState.fromJson(without)).hasMessageContaining("trained");
    }

    @Test
    void finishWithNothingLeftEndsTheRunAtOnce() {
        Decision decision = bench.ask(new Control.Finish("me"));
        assertThat(decision.records())
                .extracting(record -> record.getClass().getSimpleName())
                .containsExactly("FinishAsked", "RunFinished");
    }

    @Test
    void whilePausedNothingIsDispatchedOrOpened() {
        bench.worker("a").samples(10, 10, 95, 95);
        int dispatched = bench.commands(Command.TrainMicroBatch.class).size();
        assertThat(dispatched).isEqualTo(2);
        bench.ask(new Control.Pause("me"));
        assertThat(bench.ask(new Control.Pause("me")).records()).isEmpty();
        bench.trainAll();
        bench.samples(4);
        assertThat(bench.commands(Command.TrainMicroBatch.class)).hasSize(dispatched);
        bench.ask(new Control.Resume("me"));
        assertThat(bench.ask(new Control.Resume("me")).records()).isEmpty();
        bench.ask(new Control.Pause("me"));
        bench.commit();
        assertThat(bench.state.open()).isEmpty();
        bench.ask(new Control.Resume("me"));
        assertThat(bench.step().step()).isEqualTo(1);
    }

    @Test
    void anIdleRunMayBePausedAndFinished() {
        bench.ask(new Control.Pause("me"));
        bench.ask(new Control.Finish("me"));
        assertThat(bench.state.progress().finished()).isTrue();
    }

    @Test
    void aSampleThatArrivesAgainIsAdmittedOnce() {
        bench.samples(2);
        assertThat(bench.feed(Bench.sample(1, 10, 5)).isEmpty()).isTrue();
        assertThat(bench.state.backlog().size()).isEqualTo(2);
    }

    @Test
    void whatCannotBeTrainedIsRejectedWhenItArrives() {
        List<SampleRejection> tooLong = bench.feed(Bench.sample(0, 201, 5)).rejections();
        List<SampleRejection> nothing = bench.feed(Bench.sample(1, 10, 0)).rejections();
        assertThat(tooLong)
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.TOO_MANY_TOKENS);
        assertThat(nothing)
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.NOTHING_TO_TRAIN);
        assertThat(nothing.getFirst().sample().sampleId()).isEqualTo("s1");
        assertThat(bench.state.backlog().size()).isZero();
        assertThat(bench.state.backlog().nextOrdinal()).isEqualTo(2);
    }

    @Test
    void theLookAheadIsBounded() {
        assertThat(bench.state.wantsSamples()).isTrue();
        bench.ask(new Control.Pause("me"));
        bench.samples(1_024);
        assertThat(bench.state.wantsSamples()).isFalse();
        bench.ask(new Control.Resume("me"));
        assertThat(bench.state.wantsSamples()).isTrue();
        Bench ofTokens = new Bench(new StepSettings(0, 50_000, Duration.ZERO, 0, 0), 1);
        ofTokens.samples(1_100);
        assertThat(ofTokens.state.wantsSamples()).isTrue();
    }

    @Test
    void aDecisionSaysWhyAndChangesNothing() {
        PlannerState before = bench.state.copy();
        Decision decision =
                bench.planner.decide(bench.state, bench.liveness, Bench.sample(0, 10, 5), 1);
        assertThat(decision.reason()).isEqualTo("ordinal 0 admitted");
        assertThat(decision.isEmpty()).isFalse();
        assertThat(bench.state)
                .isEqualTo(before)
                .hasSameHashCodeAs(before)
                .hasToString(before.toString());
        assertThat(bench.planner.decide(bench.state, bench.liveness, Bench.sample(0, 10, 5), 1))
                .isEqualTo(decision);
    }
}
