package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** What operators ask of one worker. */
class WorkerRulesTest {
    private static final long USED = 1_000_000;
    private static final long TOTAL = 64_000_000;
    private static final long CAP = 20_000_000;

    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(4_000), 1, 10_000);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private void worker(String id) {
        planner.join(id, id + "-1");
        memory(id, TOTAL);
        planner.ready(id);
    }

    private void memory(String id, long total) {
        MemoryMeasures memory = new MemoryMeasures(USED, USED, USED, total - USED, 0, TOTAL);
        planner.report(new Report.MemoryRead(id, planner.generation(id), memory));
    }

    private Worker is(String id) {
        return planner.state.fleet().worker(id).orElseThrow();
    }

    private Decision cap(String id, long bytes, String request) {
        return planner.ask(new Control.CapMemory(id, bytes, request, "me"));
    }

    private String refusal() {
        return planner.records(JournalRecord.RequestRefused.class).getLast().note();
    }

    @Test
    void aWorkerThatIsDrainedIsToldAndGivenNothingMore() {
        TestPlanner few = TestPlanner.ofSamplesPerStep(4).worker("a").worker("b");
        few.ask(new Control.DrainWorker("a", "r", "me"));
        assertThat(few.last(Command.Drain.class)).isEqualTo(new Command.Drain("a", 1, "by me"));
        few.samples(4);
        assertThat(few.underWay("a")).isEmpty();
        assertThat(few.underWay("b")).isNotEmpty();
        assertThat(few.ask(new Control.DrainWorker("a", "r", "me")).records())
                .as("the same request, read again")
                .isEmpty();
        few.requireReplays();
    }

    @Test
    void whatItHasTrainedIsAskedFor() {
        TestPlanner few = TestPlanner.ofSamplesPerStep(4).worker("a").worker("b");
        few.samples(4);
        LedgerEntry first = few.underWay("a").getFirst();
        few.report(TestPlanner.trained(first));
        few.ask(new Control.DrainWorker("a", "r", "me"));
        few.underWay("a")
                .forEach(entry -> few.report(TestPlanner.failed(entry, FailureReason.RECALLED)));
        assertThat(few.commands(Command.Contribute.class))
                .extracting(Command.Contribute::workerId)
                .contains("a");
        assertThat(few.commands(Command.Contribute.class).stream()
                        .filter(asked -> asked.workerId().equals("a"))
                        .flatMap(asked -> asked.attempts().stream()))
                .contains(first.attempt().attempt());
        few.requireReplays();
    }

    @Test
    void whoMissedThatItIsToLeaveIsToldAgain() {
        planner.join("a", "a-1");
        planner.ask(new Control.DrainWorker("a", "r", "me"));
        assertThat(planner.ready("a").records()).isEmpty();
        assertThat(planner.commands(Command.Drain.class)).hasSize(2);
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(planner.commands(Command.Drain.class)).hasSize(3);
        assertThat(planner.state.fleet().ready()).isEmpty();
    }

    @Test
    void whoWasToLeaveWhenItWasTakenForLostIsStillToLeave() {
        worker("a");
        planner.ask(new Control.DrainWorker("a", "r", "me"));
        planner.pass(Duration.ofSeconds(11));
        assertThat(planner.state.fleet().workers()).isEmpty();
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(is("a").draining()).isTrue();
        planner.ready("a");
        assertThat(planner.last(Command.Drain.class).generation()).isEqualTo(2);
        planner.report(new Report.Left("a", 2, "by me"));
        planner.join("a", "a-2");
        planner.ready("a");
        assertThat(is("a").ready()).as("another process under its id").isTrue();
    }

    @Test
    void aDrainThatMakesNoSenseIsRefusedByName() {
        worker("a");
        planner.ask(new Control.DrainWorker("b", "r-1", "me"));
        assertThat(refusal()).isEqualTo("there is no worker b in the fleet; there are: a");
        planner.ask(new Control.DrainWorker("a", "r-2", "me"));
        planner.ask(new Control.DrainWorker("a", "r-3", "me"));
        assertThat(refusal()).isEqualTo("worker a drains already");
        planner.report(new Report.Left("a", 1, "by me"));
        planner.ask(new Control.DrainWorker("a", "r-4", "me"));
        assertThat(refusal()).isEqualTo("there is no worker a in the fleet; there is none now");
    }

    @Test
    void underACapMicroBatchesFitBelowItsLineAndTheReasonIsJournaled() {
        worker("a");
        cap("a", CAP, "r");
        assertThat(is("a").line().orElseThrow().lineBytes()).isEqualTo(CAP - CAP / 64);
        assertThat(planner.records(JournalRecord.MemoryCapped.class))
                .containsExactly(
                        new JournalRecord.MemoryCapped("a", CAP, "r", "capped at 19 MiB by me"));
        assertThat(planner.last(Command.CapMemory.class))
                .isEqualTo(new Command.CapMemory("a", 1, CAP));
        planner.samples(4_000);
        long room = CAP - CAP / 64 - USED;
        for (LedgerEntry entry : planner.underWay("a")) {
            int tokens = TestPlanner.TOKENS * entry.ordinals().size();
            assertThat(MemoryForecast.START.bound(
                            LinearPeaks.OF_FOUR_LAYERS.workBytes(null, tokens, entry.plan())))
                    .isBetween(room / 2, room);
        }
    }

    @Test
    void whatHasNotBegunAndFitsNoMoreIsRecalled() {
        worker("a");
        planner.samples(4_000);
        List<LedgerEntry> before = planner.underWay("a");
        cap("a", CAP, "r");
        assertThat(planner.commands(Command.Recall.class))
                .extracting(Command.Recall::attempt)
                .containsExactlyElementsOf(
                        before.stream().map(LedgerEntry::attempt).toList());
    }

    @Test
    void aCardThatHasLessThanTheCapDecides() {
        worker("a");
        cap("a", TOTAL - 1, "r");
        planner.nowMillis += 10_000;
        memory("a", 10_000_000);
        assertThat(is("a").line().orElseThrow()).isEqualTo(is("a").memory().orElseThrow());
        assertThat(is("a").line().orElseThrow().lineBytes()).isLessThan(10_000_000);
    }

    @Test
    void aCapOutlivesTheProcessAndIsToldToTheNext() {
        worker("a");
        cap("a", CAP, "r");
        planner.join("a", "a-2");
        memory("a", TOTAL);
        planner.ready("a");
        assertThat(is("a").line().orElseThrow().lineBytes()).isEqualTo(CAP - CAP / 64);
        assertThat(planner.last(Command.CapMemory.class))
                .isEqualTo(new Command.CapMemory("a", 2, CAP));
    }

    @Test
    void whenItIsTakenAwayTheCardAloneDecidesAtOnce() {
        worker("a");
        cap("a", CAP, "r-1");
        cap("a", 0, "r-2");
        assertThat(is("a").line()).isEqualTo(is("a").memory());
        assertThat(planner.last(Command.CapMemory.class).capBytes()).isZero();
        cap("a", 0, "r-3");
        assertThat(refusal()).isEqualTo("worker a has no cap");
    }

    @Test
    void aCapBelowWhatTheWorkerNeedsIsRefusedWithTheLeast() {
        worker("a");
        planner.samples(new int[] {200});
        cap("a", USED, "r-1");
        String refused = refusal();
        assertThat(refused)
                .startsWith("a cap of 1000000 bytes is below what worker a needs; the least is ")
                .contains("a sequence of 200 tokens");
        long least = Long.parseLong(refused.replaceAll(".*the least is (\\d+):.*", "$1"));
        cap("a", least - 1, "r-2");
        assertThat(is("a").capBytes()).isZero();
        cap("a", least, "r-3");
        assertThat(is("a").capBytes()).isEqualTo(least);
        long alone = MemoryForecast.START.bound(
                LinearPeaks.OF_FOUR_LAYERS.workBytes(null, 200, Loading.FULLEST));
        assertThat(is("a").line().orElseThrow().roomBytes()).isEqualTo(alone);
    }

    @Test
    void aCapForWhomNothingIsKnownOfIsRefused() {
        cap("z", CAP, "r-1");
        assertThat(refusal()).isEqualTo("there is no worker z in the fleet; there is none now");
        planner.join("a", "a-1");
        cap("a", CAP, "r-2");
        assertThat(refusal()).contains("worker a has not told what its card has");
        planner.ready("a");
        planner.ask(new Control.Finish("me"));
        cap("a", CAP, "r-3");
        assertThat(refusal()).isEqualTo("the run is finished");
    }

    @Test
    void capsAreRememberedWhenOthersAreForgotten() {
        worker("a");
        cap("a", CAP, "r");
        planner.report(new Report.Left("a", 1, "bye"));
        for (int i = 0; i < 300; i++) {
            planner.join("w" + i, "x");
            planner.report(new Report.Left("w" + i, i + 2, "bye"));
        }
        planner.join("a", "a-2");
        assertThat(is("a").capBytes()).isEqualTo(CAP);
    }

    @Test
    void anOutOfMemoryUnderACapTeachesWhatTheCardHad() {
        worker("a");
        cap("a", CAP, "r");
        planner.samples(4_000);
        LedgerEntry entry = planner.underWay("a").getFirst();
        planner.report(TestPlanner.failed(entry, FailureReason.OUT_OF_MEMORY));
        assertThat(planner.records(JournalRecord.MicroBatchWeighed.class)
                        .getLast()
                        .workBytes())
                .isEqualTo(is("a").memory().orElseThrow().roomBytes() + 7_000);
    }
}
