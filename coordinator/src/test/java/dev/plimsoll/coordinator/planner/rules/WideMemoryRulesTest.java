package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.planner.state.IllegalRecord;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The planner's side of the memory loop for a worker with two cards of two layers each. */
class WideMemoryRulesTest {
    private static final long USED = 1_000_000;
    private static final long TOTAL = 64_000_000;
    private static final Loading LOADING = new Loading(LinearPeaks.OF_FOUR_LAYERS);

    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(4_000), 1, 2_000);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private void memory(long... othersBytes) {
        List<MemoryMeasures> each = LongStream.of(othersBytes)
                .mapToObj(others ->
                        new MemoryMeasures(USED, USED, USED, TOTAL - USED - others, others, TOTAL))
                .toList();
        planner.report(
                new Report.MemoryRead("a", planner.generation("a"), MemoryMeasures.of(each)));
    }

    private Worker worker() {
        return planner.state.fleet().worker("a").orElseThrow();
    }

    private void start() {
        planner.join("a", TestPlanner.wide(2, 2));
        memory(0, 0);
        planner.ready("a");
    }

    private LedgerEntry first() {
        return planner.underWay("a").getFirst();
    }

    private List<Long> priors(LedgerEntry entry) {
        return LOADING.priorBytes(
                worker().device(), planner.step().lengths(entry.ordinals()), entry.plan());
    }

    private void requireUnderItsLines(LedgerEntry entry) {
        List<Long> priors = priors(entry);
        for (int card = 0; card < 2; card++) {
            assertThat(planner.state.forecast(worker(), card).bound(priors.get(card)))
                    .isLessThanOrEqualTo(worker().line(card).orElseThrow().roomBytes());
        }
    }

    private void trained(LedgerEntry entry, double... scales) {
        List<Long> priors = priors(entry);
        List<Long> peaks = IntStream.range(0, 2)
                .mapToObj(card -> USED + Math.round(scales[card] * priors.get(card)))
                .toList();
        int tokens = planner.step().tokens(entry.ordinals());
        planner.report(new Report.MicroBatchTrained(
                "a",
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(tokens, 0, 500, 500, peaks)));
    }

    private void outOfMemory(LedgerEntry entry, int card) {
        planner.report(new Report.MicroBatchFailed(
                "a",
                entry.generation(),
                entry.attempt(),
                FailureReason.OUT_OF_MEMORY,
                "test",
                7_000,
                card));
    }

    @Test
    void each_card_has_a_line_of_its_own() {
        start();
        memory(0, TOTAL * 3 / 4);
        assertThat(worker().line(0).orElseThrow().roomBytes()).isEqualTo(TOTAL - TOTAL / 64 - USED);
        assertThat(worker().line(1).orElseThrow().roomBytes()).isLessThan(TOTAL / 4);
        assertThat(planner.records(JournalRecord.MemoryLineChanged.class))
                .extracting(JournalRecord.MemoryLineChanged::card)
                .containsExactly(0, 1, 1);
        planner.samples(4_000);
        requireUnderItsLines(first());
        assertThat(first().plan().pipelineTokens()).isPositive();
    }

    @Test
    void a_card_whose_line_drops_saves_more_and_the_other_does_not() {
        start();
        planner.samples(4_000);
        CardPart nothing = new CardPart(0, 0);
        assertThat(first().plan().cards()).containsExactly(nothing, nothing);
        List<LedgerEntry> both = planner.underWay("a");
        memory(0, TOTAL * 9 / 10);
        assertThat(planner.commands(Command.Recall.class))
                .extracting(Command.Recall::attempt)
                .containsExactlyElementsOf(
                        both.stream().map(LedgerEntry::attempt).toList());
        planner.report(TestPlanner.failed(both.getLast(), FailureReason.RECALLED));
        LedgerEntry again = planner.underWay("a").getLast();
        requireUnderItsLines(again);
        assertThat(again.plan()).isNotEqualTo(Loading.FULLEST);
        assertThat(again.plan().cards().getFirst()).isEqualTo(nothing);
        assertThat(again.plan().cards().getLast().recomputeLayers()).isPositive();
    }

    @Test
    void what_each_card_needed_is_learned_for_that_card_and_the_time_for_both() {
        start();
        planner.samples(4_000);
        for (int i = 0; i < 6; i++) {
            trained(first(), 0.7, 1.1);
        }
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).hasSize(18);
        List<Long> priors = priors(first());
        assertThat((double) planner.state.forecast(worker(), 0).expected(priors.getFirst())
                        / priors.getFirst())
                .isBetween(0.67, 0.73);
        assertThat((double) planner.state.forecast(worker(), 1).expected(priors.getLast())
                        / priors.getLast())
                .isBetween(1.07, 1.13);
        assertThat(planner.state.speed(worker()).seen()).isEqualTo(6);
        planner.worker("single");
        Worker single = planner.state.fleet().worker("single").orElseThrow();
        assertThat(planner.state.forecast(single).seen()).isZero();
        assertThat(planner.state.speed(single).seen()).isZero();
    }

    @Test
    void an_out_of_memory_is_about_the_card_that_it_names() {
        start();
        planner.samples(4_000);
        for (int i = 0; i < 6; i++) {
            trained(first(), 1, 1);
        }
        double before = planner.state.forecast(worker(), 0).margin();
        outOfMemory(first(), 1);
        assertThat(planner.state.forecast(worker(), 0).margin()).isEqualTo(before);
        assertThat(planner.state.forecast(worker(), 1).margin()).isGreaterThan(before);
        assertThat(worker().maxTokens()).isLessThan(2_000);
        assertThat(planner.records(JournalRecord.MicroBatchReturned.class)
                        .getLast()
                        .note())
                .contains("on its card 1");
    }

    @Test
    void an_out_of_memory_because_others_took_that_cards_memory_teaches_nothing() {
        start();
        planner.samples(4_000);
        LedgerEntry entry = first();
        memory(0, TOTAL * 9 / 10);
        outOfMemory(entry, 1);
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
        assertThat(planner.records(JournalRecord.LoadLineChanged.class)).isEmpty();
    }

    @Test
    void an_out_of_memory_of_a_card_that_it_does_not_have_teaches_nothing() {
        start();
        planner.samples(4_000);
        outOfMemory(first(), 7);
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
        assertThat(planner.records(JournalRecord.MicroBatchReturned.class)).hasSize(1);
    }

    @Test
    void what_is_told_of_more_or_fewer_cards_than_it_has_is_void() {
        start();
        memory(TOTAL / 2);
        memory(TOTAL / 2, TOTAL / 2, TOTAL / 2);
        assertThat(planner.records(JournalRecord.MemoryLineChanged.class)).hasSize(2);
        planner.samples(4_000);
        LedgerEntry entry = first();
        planner.report(new Report.MicroBatchTrained(
                "a",
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(10, USED + 5_000, 500, 500)));
        assertThat(planner.records(JournalRecord.MicroBatchAccepted.class)).hasSize(1);
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)).isEmpty();
    }

    @Test
    void a_cap_is_of_each_card() {
        start();
        planner.ask(new Control.CapMemory("a", TOTAL / 4, "r-1", "test"));
        for (int card = 0; card < 2; card++) {
            assertThat(worker().line(card).orElseThrow().lineBytes())
                    .isEqualTo(TOTAL / 4 - TOTAL / 4 / 64);
        }
        planner.samples(4_000);
        requireUnderItsLines(first());
        planner.ask(new Control.CapMemory("a", USED, "r-2", "test"));
        assertThat(planner.records(JournalRecord.RequestRefused.class).getLast().note())
                .contains("its card ");
    }

    @Test
    void cards_that_hold_other_layers_than_the_model_has_are_refused() {
        planner.join("b", TestPlanner.wide(2, 3));
        Command.Refused refused = planner.last(Command.Refused.class);
        assertThat(refused.reason()).isEqualTo(RefusalReason.MODEL_DIFFERS);
        assertThat(refused.note()).contains("its cards hold 5 layers, and the run's model has 4");
    }

    @Test
    void a_worker_that_says_nothing_of_its_memory_gets_even_chunks() {
        planner.join("a", TestPlanner.wide(2, 2));
        planner.ready("a");
        planner.samples(4_000);
        assertThat(first().plan().pipelineTokens()).isPositive();
        assertThat(first().plan().cards()).containsExactly(new CardPart(0, 0), new CardPart(0, 0));
    }

    @Test
    void a_line_of_a_card_that_there_is_not_stops_the_replay() {
        start();
        assertThatThrownBy(() -> planner.state.apply(
                        new JournalRecord.MemoryLineChanged("a", 1, 2, 3, "", 2)))
                .isInstanceOf(IllegalRecord.class)
                .hasMessageContaining("no such card");
    }
}
