package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;

/** What `demo` and `train` show of a worker with two cards beside a worker with one. */
class WideDisplayTest {

    private static final long MIB = 1 << 20;
    private static final String PAIR_BEFORE =
            "  pair card 0 1,500/s 30 of 60 MiB (50 %)  pair card 1 45 of 50 MiB (90 %)";
    private static final String SINGLE = "  single 700/s 20 of 40 MiB (50 %)";

    private final RunFollower run = new RunFollower(null, null);
    private final HullMemory memory = run.memory();
    private final StringWriter out = new StringWriter();

    @BeforeEach
    void aPairAndASingleCardTrain() {
        memory.take(new JournalRecord.WorkerAdmitted(
                "pair",
                "i",
                0,
                1,
                new WorkerDevice(
                        "cuda",
                        "2 H200",
                        "bf16",
                        0,
                        List.of(
                                new WorkerCard(2, "H200", 0, 0, 20, true, false),
                                new WorkerCard(0, "H200", 0, 20, 12, false, true)))));
        memory.take(new JournalRecord.WorkerAdmitted(
                "single", "j", 1, 1, new WorkerDevice("cuda", "H200", "bf16", 0)));
        line("pair", 1, 50, "card 1: first read");
        line("pair", 0, 60, "card 0: first read");
        line("single", 0, 40, "first read");
        speed("pair", 1_500);
        speed("single", 700);
        trained("pair", 30, 45);
        trained("single", 20);
        step(0);
    }

    private void line(String worker, int card, long mebibytes, String note) {
        memory.take(new JournalRecord.MemoryLineChanged(worker, 0, mebibytes * MIB, 0, note, card));
    }

    private void speed(String worker, double tokensPerSecond) {
        memory.take(new Telemetry.WorkerMeasured(
                worker, 1, tokensPerSecond, 0, measures(List.of(0L)), 0));
    }

    private void trained(String worker, long... peakMebibytes) {
        memory.take(new Telemetry.MicroBatchMeasured(
                worker,
                1,
                new Attempt(1, 1),
                new TrainMeasures(100, 0, 1, 1),
                measures(Arrays.stream(peakMebibytes)
                        .map(peak -> peak * MIB)
                        .boxed()
                        .toList())));
    }

    private static MemoryMeasures measures(List<Long> peaks) {
        return MemoryMeasures.of(peaks.stream()
                .map(peak -> new MemoryMeasures(0, peak, 0, 0, 0, 0))
                .toList());
    }

    private void step(long step) {
        run.steps()
                .put(
                        step,
                        new StepRecord(
                                step,
                                step + 1,
                                5,
                                new StepRecord.StepCounts(100, 90, 8, 3, 2),
                                new StepRecord.StepRates(1, 1e-4, 100, 1_000),
                                List.of()));
        memory.stepCommitted();
    }

    private String shown(boolean terminal, int columns) {
        out.getBuffer().setLength(0);
        new StepDisplay(new PrintWriter(out), terminal, columns, 4).update(run);
        return out.toString().strip();
    }

    @Test
    void aStepsLineHasEachCardOnceWithItsOwnPeakAndLine() {
        assertThat(shown(false, TerminalText.ANY))
                .isEqualTo("step   0  loss 5.0000      100 tokens   3 micro-batches   1,000 "
                        + "tokens/s |" + PAIR_BEFORE + SINGLE);
    }

    @Test
    void onATerminalTheyAreThereWhereThereIsRoom() {
        assertThat(shown(true, 400))
                .contains("pair card 0 1,500/s 30 of 60 MiB (50 %)")
                .contains("pair card 1 45 of 50 MiB (90 %)")
                .contains("single 700/s 20 of 40 MiB (50 %)");
        assertThat(shown(true, 40)).doesNotContain("card").contains("loss 5.0000");
    }

    /** One card's line falls: the other card keeps its own, and what was reached under it. */
    @Test
    void whatHappensToOneCardIsToldOfThatCard() {
        line("pair", 1, 25, "card 1: others hold 25 MiB: down to 25 MiB");
        assertThat(memory.told())
                .containsExactly(
                        "pair card 0 1,500/s 30 of 60 MiB (50 %)",
                        "pair card 1 - of 25 MiB", "single 700/s 20 of 40 MiB (50 %)");
        trained("pair", 33, 20);
        step(1);
        assertThat(memory.told().subList(0, 2))
                .containsExactly(
                        "pair card 0 1,500/s 33 of 60 MiB (55 %)",
                        "pair card 1 20 of 25 MiB (80 %)");
        assertThat(shown(false, TerminalText.ANY))
                .startsWith("pair: card 1: others hold 25 MiB: down to 25 MiB\n");
        assertThat(memory.peakBytes())
                .containsOnlyKeys("pair card 0", "pair card 1", "single")
                .containsEntry("pair card 1", 45 * MIB);
    }

    /** It was to stay under the line of its time, which it did. */
    @Test
    void whatWasSentBeforeALineFellIsNotHeldAgainstTheNewOne() {
        sent("pair");
        line("pair", 1, 25, "card 1: others hold 25 MiB: down to 25 MiB");
        trained("pair", 31, 44);
        step(1);
        assertThat(memory.told().subList(0, 2))
                .containsExactly(
                        "pair card 0 1,500/s 31 of 60 MiB (52 %)", "pair card 1 - of 25 MiB");
        sent("pair");
        trained("pair", 31, 24);
        step(2);
        assertThat(memory.told().get(1)).isEqualTo("pair card 1 24 of 25 MiB (96 %)");
    }

    private void sent(String worker) {
        memory.take(new JournalRecord.MicroBatchDispatched(
                new Attempt(1, 1), worker, 1, List.of(1L), new MemoryPlan(0, 1, 0)));
    }

    /** Steps and telemetry are of different topics, so two steps may be read together. */
    @Test
    void aStepOfWhichNothingWasMeasuredYetShowsWhatIsKnown() {
        step(1);
        assertThat(memory.told().getFirst()).isEqualTo("pair card 0 1,500/s 30 of 60 MiB (50 %)");
        trained("pair", 12, 45);
        assertThat(memory.told().getFirst()).isEqualTo("pair card 0 1,500/s 30 of 60 MiB (50 %)");
        step(2);
        assertThat(memory.told().getFirst()).isEqualTo("pair card 0 1,500/s 12 of 60 MiB (20 %)");
    }

    @Test
    void aWorkerThatComesBackWithOneCardHasOneHull() {
        memory.take(new JournalRecord.WorkerAdmitted(
                "pair", "k", 0, 2, new WorkerDevice("cuda", "H200", "bf16", 0)));
        line("pair", 0, 80, "first read");
        trained("pair", 8);
        assertThat(memory.told())
                .containsExactly(
                        "pair 1,500/s 8 of 80 MiB (10 %)", "single 700/s 20 of 40 MiB (50 %)");
    }
}
