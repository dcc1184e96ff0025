package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.Evaluations;
import dev.plimsoll.coordinator.planner.state.IllegalRecord;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Steps of two samples; an evaluation after every second step. Two shards. */
class EvaluationRulesTest {

    private static final String HELD = "held";

    private final List<EvaluationRecord> told = new ArrayList<>();
    private TestPlanner planner = planner(new EvaluationSettings(2, 0, true));
    private long nextOrdinal;
    private int requests;

    private static TestPlanner planner(EvaluationSettings evaluation) {
        return new TestPlanner(TestPlanner.stepsOf(2), 2, 30, 1, evaluation)
                .worker("anna")
                .worker("bela");
    }

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private Decision fed(Decision decision) {
        told.addAll(decision.evaluations());
        return decision;
    }

    private Decision come(String source, int number) {
        return fed(planner.feed(IntStream.range(0, number)
                .mapToObj(i -> new Input.SampleArrived(
                        new SequenceRef(nextOrdinal, 10, 6, 1),
                        "s" + nextOrdinal,
                        new SampleOrigin(0, nextOrdinal++),
                        source))
                .toArray(Input[]::new)));
    }

    private Decision hold(String name) {
        return fed(planner.ask(new Control.AddSource(name, 1, "r" + requests++, "me", true)));
    }

    private void steps(int number) {
        for (int i = 0; i < number; i++) {
            come("default", 2);
            commit();
        }
    }

    /** The shards say what the new version is. */
    private void commit() {
        planner.sumAll(1);
        planner.saveAll();
    }

    private void shardsAgree() {
        long version = planner.state.status().version();
        for (int shard = 0; shard < 2; shard++) {
            fed(planner.report(new Report.ShardApplied(shard, 0, version, 100 + shard)));
        }
    }

    private List<LedgerEntry> underWay() {
        return planner.state.ledger().with(LedgerEntry.Status.DISPATCHED);
    }

    private Report.MicroBatchEvaluated evaluated(LedgerEntry entry, double nats) {
        return new Report.MicroBatchEvaluated(
                entry.workerId(),
                entry.generation(),
                entry.attempt(),
                planner.state.status().version(),
                nats,
                entry.lossTokens(),
                TestPlanner.MEASURES);
    }

    private Decision evaluate(LedgerEntry entry, double nats) {
        return fed(planner.report(evaluated(entry, nats)));
    }

    /** Everything that is dealt, each token with this loss. */
    private void evaluateAll(double loss) {
        while (!underWay().isEmpty()) {
            underWay().forEach(entry -> evaluate(entry, loss * entry.lossTokens()));
        }
        shardsAgree();
    }

    private boolean isOpen() {
        return planner.state.evaluations().open().isPresent();
    }

    private List<Long> evaluatedOrdinals() {
        return planner.state.evaluations().open().orElseThrow().step().members().stream()
                .map(member -> member.ordinal())
                .toList();
    }

    private String refusal(Decision decision) {
        return ((JournalRecord.RequestRefused) decision.records().getFirst()).note();
    }

    @Test
    void betweenTwoStepsTheVersionIsEvaluatedAndNothingIsTrained() {
        hold(HELD);
        come(HELD, 5);
        assertThat(planner.state.open())
                .as("samples for evaluation make no step")
                .isEmpty();
        come("default", 8);
        commit();
        assertThat(isOpen()).as("after one step").isFalse();
        assertThat(planner.step().step()).isEqualTo(1);
        commit();
        assertThat(evaluatedOrdinals()).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(planner.state.open()).as("no step opens beside it").isEmpty();
        List<Command.EvaluateMicroBatch> sent = planner.commands(Command.EvaluateMicroBatch.class);
        assertThat(sent).isNotEmpty().allMatch(command -> command.version() == 2);
        assertThat(sent).allMatch(command -> command.attempt().evaluates());
        evaluateAll(0.5);
        assertThat(isOpen()).isFalse();
        assertThat(planner.state.evaluations().last())
                .hasValue(new Evaluations.Figure(2, 0.5, Math.exp(0.5), 30, 5));
        assertThat(planner.step().step()).as("the next step opens").isEqualTo(2);
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().counts())
                .isEqualTo(new EvaluationRecord.EvaluationCounts(50, 30, 5, 5, 2));
        assertThat(planner.state.sources())
                .containsEntry(HELD, new SourceMeasures(SourceStatus.ACTIVE, 0, 5, 0, 0, true));
    }

    @Test
    void withoutSamplesForItNothingIsEvaluated() {
        steps(4);
        assertThat(planner.records(JournalRecord.EvaluationOpened.class)).isEmpty();
    }

    @Test
    void whatItFindsIsTheSameWhoeverSaysItFirst() {
        hold(HELD);
        come(HELD, 5);
        steps(2);
        List<LedgerEntry> first = underWay();
        Map<Long, Double> nats = Map.of(0L, 0.1, 1L, 1e16, 2L, -1e16, 3L, 0.2, 4L, 0.3);
        List.copyOf(first.reversed())
                .forEach(entry -> evaluate(entry, nats.get(entry.ordinals().getFirst())));
        List.copyOf(underWay())
                .forEach(entry -> evaluate(entry, nats.get(entry.ordinals().getFirst())));
        double expected = 0;
        for (LedgerEntry entry : planner.state.ledger().entries().stream()
                .sorted((a, b) ->
                        Long.compare(a.ordinals().getFirst(), b.ordinals().getFirst()))
                .toList()) {
            expected += entry.lossNats();
        }
        shardsAgree();
        assertThat(told.getFirst().loss()).isEqualTo(expected / 30);
    }

    @Test
    void itClosesWhenTheShardsHaveSaidWhatTheVersionIs() {
        hold(HELD);
        come(HELD, 2);
        steps(2);
        underWay().forEach(entry -> evaluate(entry, 1));
        assertThat(isOpen()).as("the replicas are not compared yet").isTrue();
        LedgerEntry one = planner.state.ledger().entries().iterator().next();
        planner.report(new Report.VersionHeld(one.workerId(), one.generation(), 2, 999));
        shardsAgree();
        assertThat(isOpen()).as("its worker held another version").isTrue();
        assertThat(planner.state.fleet().current(one.workerId(), one.generation()))
                .isEmpty();
        evaluateAll(1);
        assertThat(told).hasSize(1);
    }

    @Test
    void whatALostWorkerEvaluatedIsDealtAgain() {
        hold(HELD);
        come(HELD, 6);
        steps(2);
        LedgerEntry ofAnna = underWay().stream()
                .filter(entry -> entry.workerId().equals("anna"))
                .findFirst()
                .orElseThrow();
        evaluate(ofAnna, 3);
        fed(planner.report(new Report.Left("anna", planner.generation("anna"), "killed")));
        assertThat(evaluate(ofAnna, 3).reason()).contains("void");
        evaluateAll(2);
        assertThat(told.getFirst().loss()).isEqualTo(2);
        assertThat(told.getFirst().counts().workers()).isEqualTo(1);
    }

    @Test
    void anOutOfMemorySplitsAndASampleThatFitsNobodyIsRejected() {
        hold(HELD);
        come(HELD, 2);
        steps(2);
        while (planner.state.evaluations().size() == 2) {
            LedgerEntry entry = underWay().getFirst();
            planner.report(TestPlanner.failed(entry, FailureReason.OUT_OF_MEMORY));
        }
        assertThat(planner.records(JournalRecord.SampleRejected.class))
                .singleElement()
                .satisfies(
                        out -> assertThat(out.reason()).isEqualTo(RejectionReason.OUT_OF_MEMORY));
        evaluateAll(1);
        assertThat(told.getFirst().counts().samples()).isEqualTo(1);
    }

    @Test
    void withoutASampleLeftItIsDropped() {
        hold(HELD);
        come(HELD, 1);
        steps(2);
        planner.report(TestPlanner.failed(underWay().getFirst(), FailureReason.NON_FINITE));
        assertThat(isOpen()).isFalse();
        assertThat(planner.records(JournalRecord.EvaluationDropped.class)).hasSize(1);
        come("default", 2);
        assertThat(planner.step().step()).isEqualTo(2);
    }

    @Test
    void aReportThatCannotBeTrueEndsTheGeneration() {
        hold(HELD);
        come(HELD, 2);
        steps(2);
        LedgerEntry entry = underWay().getFirst();
        Report.MicroBatchEvaluated right = evaluated(entry, 1);
        planner.report(new Report.MicroBatchEvaluated(
                right.workerId(),
                right.generation(),
                right.attempt(),
                right.version() - 1,
                right.lossNats(),
                right.lossTokens(),
                right.measures()));
        assertThat(planner.state.fleet().current(entry.workerId(), entry.generation()))
                .isEmpty();
    }

    @Test
    void trainedIsNotEvaluatedAndEvaluatedIsNotTrained() {
        hold(HELD);
        come(HELD, 2);
        come("default", 4);
        LedgerEntry training = underWay().getFirst();
        assertThat(evaluate(training, 1).records()).isEmpty();
        commit();
        commit();
        LedgerEntry evaluating = underWay().getFirst();
        assertThat(planner.report(TestPlanner.trained(evaluating)).records()).isEmpty();
    }

    @Test
    void theBestVersionIsKeptBeforeTheNextIsCommitted() {
        hold(HELD);
        come(HELD, 2);
        steps(2);
        evaluateAll(2);
        assertThat(planner.last(Command.SaveCheckpoint.class))
                .isEqualTo(new Command.SaveCheckpoint("best", 2));
        come("default", 4);
        planner.sumAll(1);
        assertThat(planner.state.status().version()).as("until it is saved").isEqualTo(2);
        saveCheckpoint();
        assertThat(planner.state.status().version()).isEqualTo(3);
        commit();
        evaluateAll(3);
        assertThat(told).extracting(EvaluationRecord::best).containsExactly(true, false);
        assertThat(planner.commands(Command.SaveCheckpoint.class)).hasSize(1);
        steps(2);
        evaluateAll(1);
        saveCheckpoint();
        assertThat(planner.state.checkpoints().taken().get("best").version()).isEqualTo(6);
        assertThat(planner.state.evaluations().best().orElseThrow().version()).isEqualTo(6);
    }

    private void saveCheckpoint() {
        Command.SaveCheckpoint save = planner.last(Command.SaveCheckpoint.class);
        for (int shard = 0; shard < 2; shard++) {
            fed(planner.report(new Report.CheckpointSaved(shard, save.name(), save.version())));
        }
    }

    @Test
    void nobodyElseTakesACheckpointOfThatName() {
        assertThat(refusal(planner.ask(new Control.Checkpoint("best", "c", "me"))))
                .contains("'best'", "use another name");
        planner = planner(new EvaluationSettings(2, 0, false));
        planner.ask(new Control.Checkpoint("best", "c", "me"));
        assertThat(planner.commands(Command.SaveCheckpoint.class)).hasSize(1);
    }

    @Test
    void aRollbackDropsTheEvaluationAndWhatWasFoundSince() {
        hold(HELD);
        come(HELD, 2);
        steps(1);
        planner.ask(new Control.Checkpoint("c", "c", "me"));
        saveCheckpoint();
        steps(1);
        evaluateAll(1);
        saveCheckpoint();
        steps(2);
        assertThat(isOpen()).isTrue();
        planner.ask(new Control.Rollback("c", "b", "me"));
        assertThat(planner.records(JournalRecord.EvaluationDropped.class)).hasSize(1);
        assertThat(planner.state.evaluations().best())
                .as("until it is restored")
                .isPresent();
        for (int shard = 0; shard < 2; shard++) {
            planner.report(new Report.CheckpointRestored(shard, "c", 5));
        }
        assertThat(planner.state.evaluations().best()).isEmpty();
        assertThat(planner.state.checkpoints().taken()).containsOnlyKeys("c");
        assertThat(isOpen()).isFalse();
        commit();
        assertThat(evaluatedOrdinals()).as("version 6 is of two steps").hasSize(2);
        evaluateAll(9);
        assertThat(told.getLast().best()).isTrue();
    }

    @Test
    void theRunEndsWithAnEvaluationOfItsLastVersion() {
        hold(HELD);
        come(HELD, 2);
        steps(1);
        planner.ask(new Control.Finish("me"));
        planner.saveAll();
        assertThat(planner.state.status().finished()).isFalse();
        assertThat(planner.records(JournalRecord.EvaluationOpened.class)
                        .getLast()
                        .note())
                .isEqualTo("the last version");
        evaluateAll(1);
        assertThat(planner.state.status().finished())
                .as("the best is saved first")
                .isFalse();
        saveCheckpoint();
        assertThat(planner.state.status().finished()).isTrue();
        assertThat(told).hasSize(1);
    }

    @Test
    void aWorkerThatIsAloneDoesNotGoAheadOfAnEvaluation() {
        planner = new TestPlanner(
                        TestPlanner.stepsOf(2), 2, 30, 1, new EvaluationSettings(2, 0, true))
                .worker("anna");
        hold(HELD);
        come(HELD, 1);
        come("default", 8);
        planner.trainAll();
        assertThat(planner.state.steps()).as("steps 0 and 1").hasSize(2);
        planner.trainAll();
        assertThat(planner.state.steps()).as("version 2 is to be evaluated").hasSize(2);
        commit();
        commit();
        assertThat(isOpen()).isTrue();
        assertThat(planner.state.steps()).isEmpty();
    }

    @Test
    void aSourceIsForOneOfBothOnceAndForAll() {
        come("news", 1);
        assertThat(refusal(hold("news"))).contains("news", "--eval", "another name");
        hold(HELD);
        assertThat(hold(HELD).records()).as("again").hasSize(1);
        assertThat(refusal(planner.ask(new Control.AddSource(HELD, 3, "r", "me"))))
                .contains(HELD, "never trained", "another name");
        assertThat(refusal(planner.ask(new Control.WeighSource(HELD, 3, "w", "me"))))
                .contains(HELD, "no weight");
        planner.ask(new Control.RemoveSource(HELD, "d", "me"));
        assertThat(refusal(planner.ask(new Control.AddSource(HELD, 3, "e", "me"))))
                .as("also when it was removed")
                .contains("never trained");
    }

    @Test
    void samplesOfAPausedSourceAreLeftOutAndThoseOfARemovedOneAreRejected() {
        hold(HELD);
        hold("more");
        come(HELD, 2);
        come("more", 2);
        planner.ask(new Control.PauseSource(HELD, "p", "me"));
        steps(2);
        assertThat(evaluatedOrdinals()).containsExactly(2L, 3L);
        planner.ask(new Control.RemoveSource("more", "d", "me"));
        assertThat(planner.records(JournalRecord.SampleRejected.class))
                .as("while they are evaluated")
                .isEmpty();
        evaluateAll(1);
        assertThat(planner.records(JournalRecord.SampleRejected.class))
                .extracting(JournalRecord.SampleRejected::reason)
                .containsExactly(RejectionReason.SOURCE_REMOVED, RejectionReason.SOURCE_REMOVED);
        saveCheckpoint();
        steps(2);
        assertThat(isOpen()).as("there is none left").isFalse();
        planner.ask(new Control.Finish("me"));
        planner.saveAll();
        assertThat(planner.state.status().finished())
                .as("samples that are never trained hold nothing up")
                .isTrue();
    }

    @Test
    void whatIsRemovedDuringTheLastEvaluationIsRejectedBeforeTheRunEnds() {
        planner = planner(new EvaluationSettings(2, 0, false));
        hold(HELD);
        come(HELD, 2);
        steps(1);
        planner.ask(new Control.Finish("me"));
        planner.saveAll();
        planner.ask(new Control.RemoveSource(HELD, "d", "me"));
        assertThat(planner.records(JournalRecord.SampleRejected.class)).isEmpty();
        evaluateAll(1);
        assertThat(planner.records(JournalRecord.SampleRejected.class)).hasSize(2);
        assertThat(planner.state.status().finished()).isTrue();
    }

    @Test
    void noMoreThanTheSettingsSayAreEvaluated() {
        planner = planner(new EvaluationSettings(2, 3, true));
        hold(HELD);
        come(HELD, 5);
        steps(2);
        assertThat(evaluatedOrdinals()).containsExactly(0L, 1L, 2L);
    }

    @Test
    void noRecordPutsASampleForEvaluationIntoAStep() {
        hold(HELD);
        come(HELD, 2);
        JournalRecord opened = new JournalRecord.StepOpened(0, List.of(0L, 1L), 0, "");
        assertThatThrownBy(() -> planner.state.copy().apply(opened))
                .isInstanceOf(IllegalRecord.class);
        JournalRecord turned = new JournalRecord.SourceChanged(
                HELD, SourceStatus.ACTIVE, 1, "other", "for training");
        assertThatThrownBy(() -> planner.state.copy().apply(turned))
                .isInstanceOf(IllegalRecord.class)
                .hasMessageContaining("once and for all");
    }

    @Test
    void noRecordClosesAnEvaluationEarlyOrCountsTwice() {
        hold(HELD);
        come(HELD, 2);
        steps(2);
        JournalRecord early = new JournalRecord.EvaluationClosed(2, 1, Math.E, 12, 2, true);
        assertThatThrownBy(() -> planner.state.copy().apply(early))
                .isInstanceOf(IllegalRecord.class);
        LedgerEntry entry = underWay().getFirst();
        evaluate(entry, 1);
        JournalRecord again = new JournalRecord.Evaluated(entry.attempt(), 1, entry.lossTokens());
        assertThatThrownBy(() -> planner.state.copy().apply(again))
                .isInstanceOf(IllegalRecord.class);
        JournalRecord other = new JournalRecord.Evaluated(Attempt.ofEvaluation(99), 1, 6);
        assertThatThrownBy(() -> planner.state.copy().apply(other))
                .isInstanceOf(IllegalRecord.class);
    }
}
