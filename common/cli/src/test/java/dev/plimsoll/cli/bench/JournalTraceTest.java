package dev.plimsoll.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.bench.StepTrace.MicroBatch;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAccepted;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.journal.JournalRecord.MicroBatchAccepted;
import dev.plimsoll.wire.journal.JournalRecord.MicroBatchDispatched;
import dev.plimsoll.wire.journal.JournalRecord.MicroBatchReturned;
import dev.plimsoll.wire.journal.JournalRecord.SampleAdmitted;
import dev.plimsoll.wire.journal.JournalRecord.SampleRejected;
import dev.plimsoll.wire.journal.JournalRecord.ShardDigestAccepted;
import dev.plimsoll.wire.journal.JournalRecord.ShardSumAccepted;
import dev.plimsoll.wire.journal.JournalRecord.StepCommitted;
import dev.plimsoll.wire.journal.JournalRecord.StepOpened;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;

class JournalTraceTest {

    private static final MemoryPlan PLAN = new MemoryPlan(2, 512, 0);

    private final JournalTrace trace = new JournalTrace();

    /** Two workers and two shards; one micro-batch comes back and is tried again by the other. */
    @Test
    void eachMomentOfAStepIsFound() {
        admitted(10, 11, 12, 13);
        at(1_000, new StepOpened(4, List.of(10L, 11L, 12L, 13L), 0, ""));
        at(1_003, dispatched(1, "a", 10L, 11L));
        at(1_004, dispatched(2, "b", 12L));
        at(1_040, returned(2));
        at(1_041, new SampleRejected(13, RejectionReason.NON_FINITE, ""));
        at(1_050, new MicroBatchAccepted(new Attempt(1, 4), 1, 1));
        at(1_051, dispatched(3, "a", 12L));
        at(1_070, new MicroBatchAccepted(new Attempt(3, 4), 1, 1));
        at(1_071, new ContributionAsked(7, "a", 1, 4, List.of(1L, 3L)));
        at(1_090, new ContributionAccepted(ref(7)));
        at(1_100, new ShardSumAccepted(1, 4, 1));
        at(1_105, new ShardSumAccepted(0, 4, 1));
        at(1_106, new ClipFixed(4, 1, 1, 1));
        at(1_106, new StepCommitted(4, 5, 5, Optional.empty()));
        at(1_120, new ShardDigestAccepted(0, 5, 77));
        at(1_130, new ShardDigestAccepted(1, 5, 78));
        at(1_131, new ShardDigestAccepted(1, 6, 79));
        at(1_140, new StepOpened(5, List.of(), 0, ""));

        StepTrace step = trace.committed().getFirst();

        assertThat(trace.committed()).hasSize(1);
        assertThat(step.sinceOpenedMillis())
                .isEqualTo(Map.of(
                        Moment.FIRST_DISPATCHED, 3L,
                        Moment.FIRST_ACCEPTED, 50L,
                        Moment.LAST_ACCEPTED, 70L,
                        Moment.CONTRIBUTIONS_ASKED, 71L,
                        Moment.CONTRIBUTIONS_ACCEPTED, 90L,
                        Moment.SUMS_ACCEPTED, 105L,
                        Moment.COMMITTED, 106L,
                        Moment.FOLDED, 130L,
                        Moment.NEXT_OPENED, 140L));
        assertThat(step.committedAtMillis()).isEqualTo(1_106);
        // the rejected sequence has 103 tokens
        assertThat(step.tokens()).isEqualTo(100 + 101 + 102);
        assertThat(step.microBatches())
                .containsExactly(
                        new MicroBatch(1, "a", List.of(10L, 11L), PLAN),
                        new MicroBatch(3, "a", List.of(12L), PLAN));
    }

    /** One worker goes ahead; then a contribution is void, and the steps after it are undone. */
    @Test
    void stepsMayOverlapAndBeUndone() {
        at(100, new StepOpened(1, List.of(), 0, ""));
        at(110, new ContributionAsked(7, "a", 1, 1, List.of()));
        at(110, new StepOpened(2, List.of(), 0, ""));
        at(120, new ContributionAccepted(ref(7)));
        at(125, new ContributionAsked(8, "a", 1, 2, List.of()));
        at(125, new StepOpened(3, List.of(), 0, ""));
        at(130, new StepCommitted(1, 1, 1, Optional.empty()));
        at(140, new JournalRecord.ContributionVoided(8, "damaged"));
        at(140, new JournalRecord.StepsUndone(2, "contribution 8 is void"));
        at(150, new ContributionAsked(9, "a", 2, 2, List.of()));
        at(150, new StepOpened(4, List.of(), 0, ""));
        at(160, new ContributionAccepted(ref(9)));
        at(170, new StepCommitted(2, 2, 2, Optional.empty()));
        at(180, new StepCommitted(4, 3, 3, Optional.empty()));

        List<StepTrace> steps = trace.committed();
        assertThat(steps).extracting(StepTrace::step).containsExactly(1L, 2L, 4L);
        assertThat(steps.getFirst().sinceOpenedMillis())
                .isEqualTo(Map.of(
                        Moment.CONTRIBUTIONS_ASKED, 10L,
                        Moment.CONTRIBUTIONS_ACCEPTED, 20L,
                        Moment.COMMITTED, 30L,
                        Moment.NEXT_OPENED, 10L));
        assertThat(steps.get(1).sinceOpenedMillis())
                .containsEntry(Moment.CONTRIBUTIONS_ASKED, 40L)
                .containsEntry(Moment.COMMITTED, 60L);
    }

    @Test
    void theLastStepHasNoNextOne() {
        at(100, new StepOpened(1, List.of(), 0, ""));
        at(150, new StepCommitted(1, 1, 1, Optional.empty()));

        assertThat(trace.committed().getFirst().sinceOpenedMillis())
                .isEqualTo(Map.of(Moment.COMMITTED, 50L));
    }

    @Test
    void aStepThatIsNotCommittedIsLeftOut() {
        at(100, new StepOpened(1, List.of(), 0, ""));
        at(110, new JournalRecord.StepDropped(1, ""));
        at(120, new StepOpened(2, List.of(), 0, ""));
        at(150, new StepCommitted(2, 1, 1, Optional.empty()));

        assertThat(trace.committed()).extracting(StepTrace::step).containsExactly(2L);
    }

    @Test
    void workersSayWhatTheyTrainOn() {
        WorkerDevice device = new WorkerDevice("cpu", "CPU", "fp32", 0);
        at(1, new WorkerAdmitted("a", "a-1", 1, 1, device));

        assertThat(trace.devices()).containsExactly(Map.entry("a", device));
    }

    private void admitted(long... ordinals) {
        for (long ordinal : ordinals) {
            SequenceRef sequence = new SequenceRef(ordinal, 90 + (int) ordinal, 5, 1);
            at(0, new SampleAdmitted(sequence, "s" + ordinal, new SampleOrigin(0, ordinal)));
        }
    }

    private void at(long millis, JournalRecord fact) {
        trace.take(millis, fact);
    }

    private static MicroBatchDispatched dispatched(long attempt, String worker, Long... ordinals) {
        return new MicroBatchDispatched(
                new Attempt(attempt, 4), worker, 1, List.of(ordinals), PLAN);
    }

    private static MicroBatchReturned returned(long attempt) {
        return new MicroBatchReturned(new Attempt(attempt, 4), FailureReason.OUT_OF_MEMORY, "", 1);
    }

    private static ContributionRef ref(long contribution) {
        return new ContributionRef(contribution, "a", 1, List.of(), List.of());
    }
}
