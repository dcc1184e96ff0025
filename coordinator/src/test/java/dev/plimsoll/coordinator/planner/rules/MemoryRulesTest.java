package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The planner's side of the memory loop. */
class MemoryRulesTest {
    private static final long USED = 1_000_000;
    private static final long TOTAL = 64_000_000;
    private static final int TOKENS = 10;

    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(4_000), 1, 10_000);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private void memory(String workerId, long othersBytes) {
        MemoryMeasures memory = new MemoryMeasures(
                USED, USED, USED, TOTAL - USED - othersBytes, othersBytes, TOTAL);
        planner.report(new Report.MemoryRead(workerId, planner.generation(workerId), memory));
    }

    private Worker worker(String workerId) {
        return planner.state.fleet().worker(workerId).orElseThrow();
    }

    private void trained(LedgerEntry entry, double scale) {
        int tokens = TOKENS * entry.ordinals().size();
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(null, tokens, entry.plan());
        planner.report(new Report.MicroBatchTrained(
                entry.workerId(),
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(tokens, USED + Math.round(scale * prior), 1, 1)));
    }

    private void start() {
        planner.join("a", "a-1");
        memory("a", 0);
        planner.ready("a");
    }

    @Test
    void a_micro_batch_stays_under_the_line_with_what_the_card_says_before_it_is_ready() {
        start();
        planner.samples(4_000);
        long room = worker("a").memory().orElseThrow().roomBytes();
        assertThat(room).isEqualTo(TOTAL - TOTAL / 64 - USED);
        LedgerEntry first = planner.underWay("a").getFirst();
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(
                null, TOKENS * first.ordinals().size(), first.plan());
        assertThat(MemoryForecast.START.bound(prior)).isBetween(room * 9 / 10, room);
    }

    @Test
    void what_it_needed_is_learned_for_every_card_of_the_kind_and_fills_it_further() {
        start();
        planner.samples(4_000);
        int before = planner.underWay("a").getFirst().ordinals().size();
        IntStream.range(0, 4).forEach(i -> trained(planner.underWay("a").getFirst(), 0.7));
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).hasSize(4);
        assertThat(planner.state.forecast(worker("a")).fit().slope()).isCloseTo(0.7, within(0.01));
        assertThat(planner.underWay("a").getLast().ordinals().size()).isGreaterThan(before);
        planner.worker("b");
        assertThat(planner.state.forecast(worker("b")).seen()).isEqualTo(4);
    }

    @Test
    void others_lower_the_line_and_what_follows_is_leaner() {
        start();
        memory("a", TOTAL * 9 / 10);
        planner.samples(4_000);
        LedgerEntry lean = planner.underWay("a").getFirst();
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(
                null, TOKENS * lean.ordinals().size(), lean.plan());
        assertThat(MemoryForecast.START.bound(prior))
                .isLessThanOrEqualTo(worker("a").memory().orElseThrow().roomBytes());
        assertThat(planner.records(JournalRecord.MemoryLineChanged.class)).hasSize(2);
        assertThat(planner.records(JournalRecord.MemoryLineChanged.class)
                        .getLast()
                        .note())
                .startsWith("others hold 54 MiB: down to");
    }

    @Test
    void an_out_of_memory_despite_the_forecast_widens_its_margin_and_the_token_line_grows_again() {
        start();
        planner.samples(4_000);
        IntStream.range(0, 6).forEach(i -> trained(planner.underWay("a").getFirst(), 1));
        double margin = planner.state.forecast(worker("a")).margin();
        LedgerEntry first = planner.underWay("a").getFirst();
        planner.report(TestPlanner.failed(first, FailureReason.OUT_OF_MEMORY));
        assertThat(planner.state.forecast(worker("a")).margin()).isGreaterThan(margin);
        assertThat(planner.underWay("a").getLast().plan()).isEqualTo(Loading.FULLEST);
        int lowered = worker("a").maxTokens();
        assertThat(lowered).isLessThan(10_000);
        while (worker("a").maxTokens() == lowered && !planner.underWay("a").isEmpty()) {
            trained(planner.underWay("a").getFirst(), 1);
        }
        assertThat(worker("a").maxTokens()).isGreaterThan(lowered);
    }

    /** Of the first micro-batch, without and with what the card says of its memory. */
    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5", "6", "8"})
    void a_token_limit_grows_to_what_it_was_however_long_the_samples_are(int sequences) {
        for (boolean measured : new boolean[] {false, true}) {
            TestPlanner fresh = new TestPlanner(TestPlanner.stepsOf(60 * sequences), 1, 192);
            fresh.join("a", "a-1");
            if (measured) {
                fresh.report(new Report.MemoryRead(
                        "a",
                        fresh.generation("a"),
                        new MemoryMeasures(USED, USED, USED, TOTAL - USED, 0, TOTAL)));
            }
            fresh.ready("a");
            int[] lengths = new int[60 * sequences];
            Arrays.fill(lengths, 192 / sequences);
            fresh.samples(lengths);
            LedgerEntry first = fresh.underWay("a").getFirst();
            fresh.report(TestPlanner.failed(first, FailureReason.OUT_OF_MEMORY));
            assertThat(limit(fresh)).isLessThan(192);
            for (int i = 0; i < 30; i++) {
                LedgerEntry next = fresh.underWay("a").getFirst();
                int tokens = 192 / sequences * next.ordinals().size();
                fresh.report(new Report.MicroBatchTrained(
                        "a",
                        next.generation(),
                        next.attempt(),
                        1,
                        next.lossTokens(),
                        new TrainMeasures(tokens, USED + 1_000L * tokens, 1, 1)));
            }
            assertThat(limit(fresh)).as("measured %s", measured).isEqualTo(192);
            fresh.requireReplays();
        }
    }

    private static int limit(TestPlanner planner) {
        return planner.state.fleet().worker("a").orElseThrow().maxTokens();
    }

    @Test
    void an_out_of_memory_because_another_process_took_the_memory_teaches_nothing() {
        start();
        planner.samples(4_000);
        LedgerEntry first = planner.underWay("a").getFirst();
        memory("a", TOTAL / 2);
        planner.report(TestPlanner.failed(first, FailureReason.OUT_OF_MEMORY));
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
        assertThat(planner.records(JournalRecord.LoadLineChanged.class)).isEmpty();
    }

    /** It was the host's memory, or nobody knows how much was wanted. */
    @Test
    void an_out_of_memory_that_names_no_bytes_teaches_nothing_of_the_card() {
        start();
        planner.samples(4_000);
        LedgerEntry first = planner.underWay("a").getFirst();
        double margin = planner.state.forecast(worker("a")).margin();
        planner.report(new Report.MicroBatchFailed(
                first.workerId(),
                first.generation(),
                first.attempt(),
                FailureReason.OUT_OF_MEMORY,
                "what layers leave in host memory needs more",
                0));
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
        assertThat(planner.state.forecast(worker("a")).margin()).isEqualTo(margin);
        assertThat(worker("a").maxTokens()).as("it is halved").isLessThan(10_000);
    }

    @Test
    void what_has_not_begun_and_no_longer_fits_is_recalled_and_waits_again_without_blame() {
        start();
        planner.samples(4_000);
        List<LedgerEntry> both = planner.underWay("a");
        memory("a", TOTAL / 2);
        assertThat(planner.commands(Command.Recall.class))
                .extracting(Command.Recall::attempt)
                .containsExactlyElementsOf(
                        both.stream().map(LedgerEntry::attempt).toList());
        planner.report(TestPlanner.failed(both.getLast(), FailureReason.RECALLED));
        LedgerEntry again = planner.underWay("a").getLast();
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(
                null, TOKENS * again.ordinals().size(), again.plan());
        assertThat(MemoryForecast.START.bound(prior))
                .isLessThanOrEqualTo(worker("a").memory().orElseThrow().roomBytes());
        assertThat(again.plan()).isNotEqualTo(Loading.FULLEST);
        trained(both.getFirst(), 1);
        assertThat(planner.records(JournalRecord.MicroBatchAccepted.class)).hasSize(1);
    }

    @Test
    void a_worker_that_says_nothing_of_its_memory_is_loaded_by_tokens_alone() {
        planner.worker("a").samples(4_000);
        LedgerEntry first = planner.underWay("a").getFirst();
        assertThat(first.plan()).isEqualTo(Loading.ROOMY);
        trained(first, 1);
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
    }
}
