package dev.plimsoll.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

class ReportPageTest {

    private static final long MIB = 1 << 20;
    private static final String HOSTILE = "<script>alert(1)</script> & \"q\"\u202e";

    private final RunFacts facts = new RunFacts(settings());
    private long now = 1_000;

    static RunSettings settings() {
        return new RunSettings(
                "r1",
                new RunSettings.ModelIdentity("tiny-llama", "hash", 1),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 1, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 100, 100, Duration.ofSeconds(5)));
    }

    private void fact(JournalRecord fact) {
        facts.take(fact, now);
        now += 1_000;
    }

    private void commit(long step, long version, double loss) {
        fact(new JournalRecord.StepCommitted(step, version, version, Optional.empty()));
        facts.take(new StepRecord(
                step,
                version,
                loss,
                new StepRecord.StepCounts(1000, 800, 2, 1, 1),
                new StepRecord.StepRates(1.5, 1e-3, 100, 10_000),
                List.of()));
    }

    /** Two steps of which a rollback undoes the second, then another one. */
    private void aRunWithARollback() {
        fact(new JournalRecord.RunCreated(settings()));
        fact(new JournalRecord.SampleAdmitted(
                new SequenceRef(0, 500, 400, 1), "my secret id", new SampleOrigin(0, 0)));
        fact(new JournalRecord.WorkerAdmitted(
                "anna", "i", 0, 1, new WorkerDevice("cpu", HOSTILE, "fp32", 0)));
        fact(new JournalRecord.MemoryLineChanged("anna", 0, 40 * MIB, 0, "shares with others"));
        micro(1, 10);
        commit(0, 1, 4.5);
        fact(new JournalRecord.EvaluationClosed(1, 4.25, 70, 400, 1, true));
        commit(1, 2, 9.75);
        fact(new JournalRecord.EvaluationClosed(2, 9.5, 13_000, 400, 1, false));
        fact(new JournalRecord.CheckpointBegun("good", 1, 1, new DataPosition(0, 0)));
        fact(new JournalRecord.RolledBack("good", 1, 3));
        fact(new JournalRecord.MemoryLineChanged("anna", 0, 80 * MIB, 0, "alone again"));
        micro(2, 60);
        fact(new JournalRecord.MicroBatchDispatched(
                new Attempt(3, 1), "anna", 1, List.of(0L), new MemoryPlan(0, 64, 0)));
        fact(new JournalRecord.MicroBatchReturned(
                new Attempt(3, 1), FailureReason.OUT_OF_MEMORY, HOSTILE, 1));
        commit(1, 4, 3.5);
    }

    private void micro(long attempt, long peakMib) {
        fact(new JournalRecord.MicroBatchDispatched(
                new Attempt(attempt, 1), "anna", 1, List.of(0L), new MemoryPlan(0, 64, 0)));
        facts.take(
                new Telemetry.MicroBatchMeasured(
                        "anna",
                        1,
                        new Attempt(attempt, 1),
                        new TrainMeasures(500, 0, 1, 1),
                        new MemoryMeasures(0, peakMib * MIB, 0, 0, 0, 0)),
                now);
        fact(new JournalRecord.MicroBatchAccepted(new Attempt(attempt, 1), 3, 400));
    }

    /** A worker with two cards has a row of its own, and one for each card with its line. */
    @Test
    void eachCardOfAWorkerHasItsPeakAndItsLine() {
        fact(new JournalRecord.RunCreated(settings()));
        fact(new JournalRecord.WorkerAdmitted(
                "wide",
                "i",
                0,
                1,
                new WorkerDevice(
                        "cuda",
                        "2 H200",
                        "bf16",
                        0,
                        List.of(
                                new WorkerCard(0, "H200", 0, 0, 20, true, false),
                                new WorkerCard(1, "H200", 0, 20, 12, false, true)))));
        fact(new JournalRecord.MemoryLineChanged("wide", 0, 70 * MIB, 0, "card 0: first", 0));
        fact(new JournalRecord.MemoryLineChanged("wide", 0, 50 * MIB, 0, "card 1: first", 1));
        facts.take(
                new Telemetry.MicroBatchMeasured(
                        "wide",
                        1,
                        new Attempt(1, 1),
                        new TrainMeasures(500, 0, 1, 1),
                        MemoryMeasures.of(List.of(
                                new MemoryMeasures(0, 14 * MIB, 0, 0, 0, 0),
                                new MemoryMeasures(0, 45 * MIB, 0, 0, 0, 0)))),
                now);
        assertThat(facts.workers()).containsOnlyKeys("wide", "wide card 0", "wide card 1");
        assertThat(facts.workers().get("wide").tokens()).isEqualTo(500);
        assertThat(facts.workers().get("wide card 0").nearest().share()).isEqualTo(0.2);
        assertThat(facts.workers().get("wide card 1").nearest().share()).isEqualTo(0.9);
        assertThat(page()).contains("H200, layers 20 to 31, bf16");
    }

    private String page() {
        return new ReportPage(
                        facts,
                        new ReportPage.Audited(Optional.empty(), "it was not asked for"),
                        "plimsoll x",
                        Instant.EPOCH)
                .text();
    }

    @Test
    void itTellsTheRunAndMarksWhatWasUndone() {
        aRunWithARollback();
        facts.take(RejectionReason.NOT_JSON);
        facts.take(RejectionReason.NOT_JSON);
        assertThat(page())
                .startsWith(ReportPage.BEGINNING)
                .contains("<h1>Run r1</h1>")
                .contains("<td>adapter version</td><td>4</td>")
                .contains("<td>steps that led to it</td><td>2</td>")
                .contains("4.5000, 3.5000")
                .contains("1 of 3 committed steps were undone by rollbacks.")
                .contains("loss, nats per trained token; dots: on samples for evaluation; grey:")
                .contains("learning rate; grey", "gradient norm", "tokens per second")
                .contains("9.5000</td><td class=\"n\">13000.000</td>" + "<td>undone</td>")
                .contains("lowest until then")
                .contains("<td>NOT_JSON</td><td class=\"n\">2</td>")
                .contains("shares with others", "alone again")
                .contains("<td>lora-rank</td><td>4</td>")
                .contains("No verdict: it was not asked for.")
                .contains("1970-01-01 00:00:00 UTC");
    }

    /** The second step lies between a third and two thirds of 680, beside 60. */
    @Test
    void undoneStepsAreGreyOnGreyAndTheCurveLeavesThemOut() {
        aRunWithARollback();
        String loss = page().split("<svg")[1];
        assertThat(loss)
                .contains("<rect x=\"286.7\" y=\"30\" width=\"226.7\"")
                .containsPattern("stroke=\"#999999\" stroke-width=\"1.5\" points=\"513.3,[0-9.]+\"")
                .containsPattern("stroke=\"#0072b2\" stroke-width=\"1.5\""
                        + " points=\"286.7,[0-9.]+ 740.0,[0-9.]+\"");
        assertThat(Pattern.compile("<circle").matcher(loss).results()).hasSize(2);
    }

    /** 60 MiB of 80 came nearer than 10 of 40. */
    @Test
    void aWorkersPeakIsThatWhichCameNearestToItsLine() {
        aRunWithARollback();
        assertThat(page())
                .contains("<td class=\"n\">2</td><td class=\"n\">1</td><td class=\"n\">0</td>"
                        + "<td class=\"n\">1,000</td><td class=\"n\">60</td>"
                        + "<td class=\"n\">80</td><td class=\"n\">75 %</td>");
    }

    @Test
    void whatOthersWroteIsTextAndNothingIsAskedOfANetwork() {
        aRunWithARollback();
        String page = page();
        assertThat(page)
                .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot;?")
                .contains("default-src 'none'")
                .doesNotContain("<script", "\u202e", "my secret id")
                .doesNotContain("src=", "href=", "url(", "@import");
        assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("://");
    }

    @Test
    void aRunThatHasJustBegunHasAPageToo() {
        fact(new JournalRecord.RunCreated(settings()));
        assertThat(page())
                .contains("No step is committed yet.", "No sample was rejected.", "under way")
                .doesNotContain("<svg", "Evaluations");
        fact(new JournalRecord.PauseChanged(true, ""));
        assertThat(page()).contains("<td>state</td><td>paused</td>");
        fact(new JournalRecord.RunFinished("20 steps are done"));
        assertThat(page()).contains("finished: 20 steps are done");
    }
}
