package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.StepRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class WatchLinesTest {

    private static final StepRecord STEP = new StepRecord(
            12,
            13,
            5.12345,
            new StepRecord.StepCounts(123_456, 99_999, 128, 32, 4),
            new StepRecord.StepRates(1, 1e-4, 100, 12_345),
            List.of("worker-1 may have 4,096 tokens a micro-batch, because others took memory"));

    private static final EvaluationRecord EVALUATION = new EvaluationRecord(
            13,
            12,
            5.25,
            190.57,
            true,
            new EvaluationRecord.EvaluationCounts(9_000, 8_000, 1_000, 4, 2),
            1_234,
            List.of(""));

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 80, 200})
    void noLineIsLongerThanTheTerminalAndNoneLacksTheLoss(int columns) {
        for (String text :
                List.of(WatchCommand.line(STEP, columns), WatchCommand.line(EVALUATION, columns))) {
            assertThat(text.lines()).allMatch(line -> line.length() < columns);
            assertThat(text).containsPattern("5\\.(1235|2500)\\b");
        }
        assertThat(WatchCommand.line(STEP, columns).replaceAll("\\s+", " "))
                .contains("step 12 loss 5.1235")
                .endsWith(STEP.notes().getFirst());
    }

    @Test
    void whatHasRoomIsShown() {
        assertThat(WatchCommand.line(STEP, 200))
                .contains("(99,999 trained)", "128 samples", "32 micro-batches", "4 workers");
        assertThat(WatchCommand.line(STEP, 80).lines().findFirst().orElseThrow())
                .isEqualTo("step   12  loss 5.1235  123,456 tokens  128 samples  4 workers  "
                        + "12,345 tokens/s");
        assertThat(WatchCommand.line(STEP, 40).lines().findFirst().orElseThrow())
                .isEqualTo("step   12  loss 5.1235  12,345 tokens/s");
    }

    @Test
    void inAPipeAStepIsOneLine() {
        assertThat(WatchCommand.line(STEP, TerminalText.ANY).lines()).hasSize(1);
        assertThat(WatchCommand.line(EVALUATION, TerminalText.ANY))
                .isEqualTo("evaluation of version 13 (12 steps)  loss 5.2500  perplexity 190.57  "
                        + "1,000 samples  1.2 s  best");
    }

    /** What a step says of a worker's cards stands in the notes; each card is told of by itself. */
    @ParameterizedTest
    @ValueSource(ints = {40, 200, TerminalText.ANY})
    void eachCardOfAWideWorkerIsToldOfOnce(int columns) {
        List<String> notes = List.of(
                "pair generation 1 card 0 is out of memory: split",
                "pair generation 1 card 1 may have 4,096 tokens");
        StepRecord step = new StepRecord(
                STEP.step(), STEP.version(), STEP.loss(), STEP.counts(), STEP.rates(), notes);
        String text = WatchCommand.line(step, columns).replaceAll("\\s+", " ");
        assertThat(text).containsOnlyOnce(notes.get(0)).containsOnlyOnce(notes.get(1));
        assertThat(text.indexOf("card 0")).isLessThan(text.indexOf("card 1"));
    }
}
