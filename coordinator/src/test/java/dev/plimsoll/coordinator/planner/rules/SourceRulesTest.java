package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.source.Sources;
import dev.plimsoll.coordinator.planner.state.IllegalRecord;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What operators ask of sources, and which samples steps take then. */
class SourceRulesTest {
    private TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(4), 1).worker("w");
    private final List<String> sources = new ArrayList<>();
    private final List<SampleRejection> rejected = new ArrayList<>();
    private int requests;

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private Decision fed(Decision decision) {
        rejected.addAll(decision.rejections());
        return decision;
    }

    /** So many samples of the source come. */
    private SourceRulesTest come(String source, int number) {
        Input[] inputs = IntStream.range(0, number)
                .mapToObj(i -> {
                    long ordinal = sources.size();
                    sources.add(source);
                    return new Input.SampleArrived(
                            new SequenceRef(ordinal, 10, 6, 1),
                            "s" + ordinal,
                            new SampleOrigin(0, ordinal),
                            source);
                })
                .toArray(Input[]::new);
        fed(planner.feed(inputs));
        return this;
    }

    private String request() {
        return "r" + requests++;
    }

    private Decision add(String name, int weight) {
        return fed(planner.ask(new Control.AddSource(name, weight, request(), "me")));
    }

    private Decision pause(String name) {
        return fed(planner.ask(new Control.PauseSource(name, request(), "me")));
    }

    private Decision resume(String name) {
        return fed(planner.ask(new Control.ResumeSource(name, request(), "me")));
    }

    private Decision remove(String name) {
        return fed(planner.ask(new Control.RemoveSource(name, request(), "me")));
    }

    private Decision weigh(String name, int weight) {
        return fed(planner.ask(new Control.WeighSource(name, weight, request(), "me")));
    }

    private void finish() {
        planner.ask(new Control.Finish("me"));
    }

    /** Of the members of each step, in the order in which they were taken. */
    private List<String> mix() {
        return planner.records(JournalRecord.StepOpened.class).stream()
                .map(step -> String.join(
                        "",
                        step.ordinals().stream()
                                .map(o -> sources.get((int) (long) o))
                                .toList()))
                .toList();
    }

    private SourceMeasures source(String name) {
        return planner.state.sources().get(name);
    }

    private static String refusal(Decision decision) {
        return ((JournalRecord.RequestRefused) decision.records().getFirst()).note();
    }

    private boolean finished() {
        return planner.state.status().finished();
    }

    @Test
    void withoutWeightsStepsTakeSamplesInTheOrderOfTheirArrival() {
        come("a", 3).come("b", 3).come("a", 2);
        planner.commit();
        assertThat(mix()).containsExactly("aaab", "bbaa");
        assertThat(planner.records(JournalRecord.StepOpened.class))
                .allSatisfy(step -> assertThat(step.turns()).isEmpty());
        assertThat(source("a")).isEqualTo(new SourceMeasures(SourceStatus.ACTIVE, 0, 0, 3, 0));
        assertThat(source("b")).isEqualTo(new SourceMeasures(SourceStatus.ACTIVE, 0, 0, 1, 0));
    }

    @Test
    void withWeightsEachStepHasItsShares() {
        come("a", 3);
        add("b", 1);
        add("a", 3);
        come("b", 20).come("a", 20);
        planner.commit();
        planner.commit();
        planner.commit();
        // the first step opened when b's first sample came
        assertThat(mix().subList(1, 4))
                .allSatisfy(step -> assertThat(step).as("one of four").containsOnlyOnce("b"));
    }

    @Test
    void aShareBelowOneSampleAStepComesInItsTurn() {
        add("a", 15);
        add("b", 1);
        come("b", 10).come("a", 3);
        come("a", 60);
        for (int i = 0; i < 12; i++) {
            planner.commit();
        }
        String all = String.join("", mix().subList(1, 13));
        assertThat(all.chars().filter(c -> c == 'b').count()).isBetween(2L, 4L);
        assertThat(all).doesNotContain("bb");
    }

    @Test
    void aSourceThatHasNothingLeavesItsShareToTheOthers() {
        add("a", 1);
        add("b", 3);
        come("a", 8);
        planner.commit();
        assertThat(mix()).containsExactly("aaaa", "aaaa");
    }

    @Test
    void aPausedSourceWaitsAndTheOthersGoOn() {
        come("a", 3);
        pause("a");
        come("b", 4);
        assertThat(mix()).containsExactly("bbbb");
        assertThat(source("a").status()).isEqualTo(SourceStatus.PAUSED);
        assertThat(source("a").waiting()).isEqualTo(3);
        resume("a");
        come("b", 1);
        planner.commit();
        assertThat(mix()).containsExactly("bbbb", "aaab");
    }

    @Test
    void membersOfAnOpenStepStayInItWhenTheirSourceIsPausedOrRemoved() {
        come("a", 4);
        pause("a");
        remove("a");
        planner.commit();
        assertThat(source("a")).isEqualTo(new SourceMeasures(SourceStatus.REMOVED, 0, 0, 4, 0));
        assertThat(rejected).isEmpty();
    }

    @Test
    void aRunThatFinishesWaitsForAPausedSourceUntilItIsResumed() {
        come("a", 2).come("b", 1);
        pause("a");
        finish();
        planner.commit();
        assertThat(mix()).containsExactly("b");
        assertThat(finished()).isFalse();
        resume("a");
        planner.commit();
        assertThat(mix()).containsExactly("b", "aa");
        assertThat(finished()).isTrue();
    }

    @Test
    void aRunThatFinishesEndsWhenItsPausedSourceIsRemoved() {
        come("a", 2);
        pause("a");
        finish();
        assertThat(finished()).isFalse();
        remove("a");
        assertThat(rejected).hasSize(2).allSatisfy(rejection -> {
            assertThat(rejection.reason()).isEqualTo(RejectionReason.SOURCE_REMOVED);
            assertThat(rejection.note()).contains("source a was removed");
        });
        assertThat(finished()).isTrue();
    }

    @Test
    void whatWaitsOfARemovedSourceIsRejectedAndWhatComesToo() {
        come("a", 3);
        remove("a");
        assertThat(rejected).hasSize(3);
        come("a", 1).come("b", 4);
        assertThat(rejected).hasSize(4);
        assertThat(mix()).containsExactly("bbbb");
        assertThat(source("a")).isEqualTo(new SourceMeasures(SourceStatus.REMOVED, 0, 0, 0, 4));
        add("a", 2);
        come("a", 4);
        planner.commit();
        assertThat(mix()).containsExactly("bbbb", "aaaa");
        assertThat(rejected).hasSize(4);
    }

    @Test
    void manyAreRejectedLittleByLittleAndNoneIsTrainedMeanwhile() {
        planner = new TestPlanner(TestPlanner.stepsOf(2_000), 1).worker("w");
        come("a", 700);
        remove("a");
        assertThat(rejected).hasSize(SourceRules.MAX_REJECTED);
        assertThat(refusal(add("a", 1))).contains("444 samples of source a are still");
        fed(planner.feed(new Input.Tick()));
        assertThat(rejected).hasSize(700);
        assertThat(source("a").waiting()).isZero();
        assertThat(source("a").rejected()).isEqualTo(700);
    }

    @Test
    void whatARollbackGivesBackOfARemovedSourceIsRejected() {
        come("a", 4).come("b", 4).come("a", 4);
        planner.ask(new Control.Checkpoint("c", request(), "me"));
        planner.report(new Report.CheckpointSaved(0, "c", 0));
        planner.commit();
        planner.commit();
        assertThat(source("a").trained()).isEqualTo(4);
        remove("a");
        assertThat(rejected).isEmpty();
        fed(planner.ask(new Control.Rollback("c", request(), "me")));
        Command.RestoreCheckpoint restore = planner.last(Command.RestoreCheckpoint.class);
        fed(planner.report(new Report.CheckpointRestored(0, "c", restore.baseVersion() + 1)));
        assertThat(rejected).hasSize(8);
        assertThat(source("a").trained()).isZero();
        assertThat(source("b").trained()).isZero();
        assertThat(mix().getLast()).isEqualTo("bbbb");
    }

    @Test
    void aRollbackTrainsTheSameStepsAgain() {
        // of two workers none goes ahead
        planner.worker("v");
        add("a", 2);
        add("b", 1);
        come("a", 40).come("b", 40);
        planner.commit();
        planner.commit();
        planner.ask(new Control.Checkpoint("c", request(), "me"));
        long version = planner.last(Command.SaveCheckpoint.class).version();
        planner.report(new Report.CheckpointSaved(0, "c", version));
        planner.commit();
        planner.commit();
        planner.commit();
        List<List<Long>> since = planner.records(JournalRecord.StepOpened.class).stream()
                .skip(version)
                .map(JournalRecord.StepOpened::ordinals)
                .toList();
        planner.ask(new Control.Rollback("c", request(), "me"));
        Command.RestoreCheckpoint restore = planner.last(Command.RestoreCheckpoint.class);
        planner.report(new Report.CheckpointRestored(0, "c", restore.baseVersion() + 1));
        int opened = planner.records(JournalRecord.StepOpened.class).size() - 1;
        for (int i = 1; i < since.size(); i++) {
            planner.commit();
        }
        assertThat(planner.records(JournalRecord.StepOpened.class).stream()
                        .skip(opened)
                        .map(JournalRecord.StepOpened::ordinals)
                        .toList())
                .isEqualTo(since);
    }

    @Test
    void anEpochEndsWhenEverySourceIsThrough() {
        StepSettings two = new StepSettings(4, 0, Duration.ZERO, 0, 7, 2, false);
        planner = new TestPlanner(two, 1).worker("w");
        add("a", 1);
        add("b", 3);
        come("a", 6).come("b", 6);
        pause("b");
        finish();
        while (planner.state.open().isPresent()) {
            planner.commit();
        }
        assertThat(planner.records(JournalRecord.EpochStarted.class)).isEmpty();
        resume("b");
        while (!finished()) {
            planner.commit();
        }
        assertThat(planner.records(JournalRecord.EpochStarted.class)).hasSize(1);
        assertThat(source("a").trained()).isEqualTo(12);
        assertThat(source("b").trained()).isEqualTo(12);
    }

    @Test
    void aRequestIsDoneOnceAndRefusedWhereItCannotBe() {
        assertThat(refusal(pause("a"))).contains("no source a").contains("none yet");
        come("a", 1);
        assertThat(refusal(resume("b"))).contains("no source b").contains("there are: a");
        assertThat(refusal(weigh("b", 2))).contains("source add b");
        assertThat(refusal(remove("b"))).contains("no source b");
        add("a", 2);
        assertThat(refusal(add("a", 3))).contains("of weight 2").contains("source weight a 3");
        remove("a");
        assertThat(refusal(weigh("a", 3))).contains("no source a");
        assertThat(remove("a").records()).hasSize(1);
        Control again = new Control.AddSource("a", 2, "r0", "me");
        assertThat(planner.ask(again).records()).isEmpty();
        finish();
        assertThat(finished()).isTrue();
        assertThat(refusal(add("c", 1))).isEqualTo("the run is finished");
    }

    @Test
    void thereAreOnlySoManySources() {
        for (int i = 0; i < Sources.MAX_SOURCES; i++) {
            come("s" + i, 1);
        }
        come("more", 1);
        assertThat(rejected).singleElement().satisfies(rejection -> {
            assertThat(rejection.reason()).isEqualTo(RejectionReason.BAD_FIELD);
            assertThat(rejection.note()).contains("source more").contains("64");
        });
        assertThat(refusal(add("more", 1))).contains("64 sources");
        assertThat(planner.state.sources()).doesNotContainKey("more");
    }

    @Test
    void theLingerCountsFromTheFirstSampleThatAStepMayTake() {
        StepSettings lingering = new StepSettings(4, 0, Duration.ofSeconds(2), 0, 0);
        planner = new TestPlanner(lingering, 1).worker("w");
        come("a", 1);
        pause("a");
        planner.pass(Duration.ofSeconds(5));
        assertThat(mix()).isEmpty();
        come("b", 1);
        planner.pass(Duration.ofSeconds(4));
        assertThat(mix()).containsExactly("b");
    }

    @Test
    void whatWaitsOfAPausedSourceDoesNotKeepOthersFromBeingRead() {
        come("a", 2);
        pause("a");
        come("a", 2_000);
        assertThat(planner.state.wantsSamples()).isTrue();
        resume("a");
        assertThat(planner.state.wantsSamples()).isFalse();
        add("b", 1);
        assertThat(planner.state.wantsSamples()).as("looked for samples of b").isTrue();
        come("a", 2_200);
        assertThat(planner.state.wantsSamples()).isFalse();
    }

    @Test
    void aRecordThatPutsAPausedSampleIntoAStepIsIllegal() {
        come("a", 2);
        pause("a");
        JournalRecord.StepOpened open =
                new JournalRecord.StepOpened(0, List.of(0L), 0, "", new TreeMap<>());
        assertThatThrownBy(() -> planner.state.copy().apply(open))
                .isInstanceOf(IllegalRecord.class)
                .hasMessageContaining("source a is paused or removed");
        JournalRecord.SourceChanged again = new JournalRecord.SourceChanged(
                "a", SourceStatus.ACTIVE, 1, "r0", "asked for before");
        assertThatThrownBy(() -> planner.state.copy().apply(again))
                .isInstanceOf(IllegalRecord.class);
    }
}
