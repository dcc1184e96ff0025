package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.simulation.SimVersions.Contribution;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What steps are made of, by the journal and by what engines really did, and how long it must be
 * readable.
 */
final class SimContributions {
    private final SimWorld world;
    /** In the order in which they were trained. */
    private final Map<Attempt, List<Long>> trained = new LinkedHashMap<>();

    private final Map<Attempt, List<Long>> dispatched = new HashMap<>();
    private final Map<Long, ContributionRef> accepted = new HashMap<>();
    private final Map<Long, JournalRecord.ContributionAsked> asked = new HashMap<>();
    private final Set<Long> withdrawn = new HashSet<>();
    private final Map<Long, JournalRecord.StepSumming> summing = new HashMap<>();
    /** By step, then by shard. */
    private final Map<Long, Map<Integer, ChunkSpan>> published = new HashMap<>();

    private final Map<Long, TensorDtype> dtypes = new HashMap<>();
    /** By version. */
    private final Map<Long, SumSource> sources = new HashMap<>();

    SimContributions(SimWorld world) {
        this.world = world;
    }

    /** An engine has really added the attempt to its sum. */
    void trained(Attempt attempt, List<Long> ordinals) {
        assertThat(dispatched).as("what is trained is in the journal").containsKey(attempt);
        trained.put(attempt, ordinals);
    }

    List<Long> dispatched(Attempt attempt) {
        return dispatched.getOrDefault(attempt, List.of());
    }

    void journaled(JournalRecord record) {
        switch (record) {
            case JournalRecord.WorkerAdmitted admitted ->
                dtypes.put(admitted.generation(), dtype(admitted.device().precision()));
            case JournalRecord.MicroBatchDispatched out -> {
                dispatched.put(out.attempt(), out.ordinals());
                boolean more = asked.values().stream()
                        .anyMatch(question -> question.step() == out.attempt().step()
                                && question.generation() == out.generation());
                if (more) {
                    world.situations.add(Situation.MORE_IS_GIVEN_AFTER_ASKING);
                }
            }
            case JournalRecord.MicroBatchAccepted is ->
                assertThat(trained.get(is.attempt()))
                        .as("what was trained as %s", is.attempt())
                        .isEqualTo(dispatched.get(is.attempt()));
            case JournalRecord.ContributionAsked question ->
                asked.put(question.contribution(), question);
            case JournalRecord.MicroBatchReturned back -> returned(back.attempt());
            case JournalRecord.ContributionAccepted is ->
                accepted.put(is.contribution().contribution(), is.contribution());
            case JournalRecord.ContributionVoided is -> accepted.remove(is.contribution());
            case JournalRecord.StepSumming is -> {
                summing.put(is.step(), is);
                published.put(is.step(), new HashMap<>());
            }
            case JournalRecord.ShardSumAccepted sum ->
                sum.published().ifPresent(span -> published.get(sum.step()).put(sum.shard(), span));
            case JournalRecord.StepAbandoned step -> forget(step.step());
            case JournalRecord.StepCommitted step -> committed(step);
            default -> {}
        }
    }

    private void returned(Attempt attempt) {
        asked.values().stream()
                .filter(question -> question.step() == attempt.step()
                        && question.attempts().contains(attempt.attempt()))
                .forEach(question -> {
                    withdrawn.add(question.contribution());
                    world.situations.add(Situation.CONTRIBUTION_IS_WITHDRAWN);
                });
    }

    /** For {@link Plant#WITHDRAWN_PART_ADDED}: the next that its worker was asked for. */
    Optional<Long> insteadOf(long contribution) {
        JournalRecord.ContributionAsked gone = asked.get(contribution);
        return !withdrawn.contains(contribution)
                ? Optional.empty()
                : asked.values().stream()
                        .filter(question -> question.step() == gone.step()
                                && question.generation() == gone.generation()
                                && question.contribution() > contribution)
                        .map(JournalRecord.ContributionAsked::contribution)
                        .min(Comparator.naturalOrder());
    }

    private TensorDtype dtype(String precision) {
        GradientDtype wanted = world.run.fold().gradientDtype();
        boolean rounded = wanted == GradientDtype.BF16
                || wanted == GradientDtype.AUTO && precision.equals("bf16");
        return rounded ? TensorDtype.BF16 : TensorDtype.F32;
    }

    /** Of what the journal names. */
    List<Contribution> of(long step) {
        return summing.get(step).contributions().stream()
                .map(accepted::get)
                .map(ref -> new Contribution(
                        ref.contribution(), attempts(ref, step), dtypes.get(ref.generation())))
                .toList();
    }

    private List<List<Long>> attempts(ContributionRef ref, long step) {
        return trained.entrySet().stream()
                .filter(entry -> entry.getKey().step() == step
                        && ref.attempts().contains(entry.getKey().attempt()))
                .map(Map.Entry::getValue)
                .toList();
    }

    private void committed(JournalRecord.StepCommitted step) {
        List<ContributionRef> refs = summing.get(step.step()).contributions().stream()
                .map(accepted::get)
                .toList();
        SumSource expected = refs.size() == 1
                ? SumSource.of(refs.getFirst())
                : new SumSource(
                        true,
                        step.step(),
                        sorted(published.get(step.step())),
                        summing.get(step.step()).contributions());
        assertThat(step.source())
                .as("where the sum of step %d lies", step.step())
                .hasValue(expected);
        expected.spans().stream()
                .filter(span -> expected.published())
                .forEach(span -> note(step.step(), span));
        sources.put(step.version(), expected);
        forget(step.step());
    }

    private void note(long step, ChunkSpan span) {
        List<SimGradient> log = world.kafka.sums.get(span.shard());
        for (int at = 0; at <= span.lastOffset(); at++) {
            boolean foreign =
                    log.get(at) instanceof SimGradient.Chunk(TensorChunk chunk, boolean is)
                            && chunk.owner() == step
                            && !chunk.part().equals(TensorChunk.sumPart(span.publication()));
            if (foreign) {
                world.situations.add(
                        at < span.firstOffset()
                                ? Situation.STALE_SUM_BEFORE_A_SUM
                                : Situation.FOREIGN_CHUNKS_IN_A_SUM);
            }
        }
    }

    private static List<ChunkSpan> sorted(Map<Integer, ChunkSpan> spans) {
        return spans.values().stream()
                .sorted(Comparator.comparingInt(ChunkSpan::shard))
                .toList();
    }

    /** The numbers that its author went ahead with are those that are decided. */
    void requireAhead(JournalRecord.ClipFixed clip, long lossTokens, long update) {
        summing.get(clip.step()).contributions().stream()
                .flatMap(contribution -> asked.get(contribution).ahead().stream())
                .forEach(ahead -> {
                    assertThat(ahead.lossTokens()).as("tokens ahead").isEqualTo(lossTokens);
                    assertThat(ahead.learningRate())
                            .as("learning rate ahead")
                            .isEqualTo(clip.learningRate());
                    assertThat(ahead.update()).as("update ahead").isEqualTo(update);
                });
    }

    void forget(long step) {
        asked.values().stream()
                .filter(question -> question.step() == step)
                .forEach(question -> accepted.remove(question.contribution()));
    }

    /**
     * What an open step, and every version that the shard has not saved, is made of has not been
     * deleted.
     */
    void requireReadable(int shard) {
        long saved = world.kafka.states.get(shard).newest().state().version();
        List<ChunkSpan> gradients = new ArrayList<>();
        List<ChunkSpan> sums = new ArrayList<>();
        accepted.values().forEach(ref -> gradients.addAll(ref.spans()));
        sources.forEach((version, source) -> {
            if (version > saved) {
                (source.published() ? sums : gradients).addAll(source.spans());
            }
        });
        requireReadable("gradients", gradients, world.kafka.gradientsBegin[shard], shard);
        requireReadable("sums", sums, world.kafka.sumsBegin[shard], shard);
    }

    private static void requireReadable(
            String topic, List<ChunkSpan> needed, long begin, int shard) {
        needed.stream()
                .filter(span -> span.shard() == shard)
                .forEach(span -> assertThat(begin)
                        .as("what is deleted of %s; %s is needed", topic, span)
                        .isLessThanOrEqualTo(span.firstOffset()));
    }

    /** After the last record of it. */
    long endOf(long contribution, int shard) {
        return sources.values().stream()
                .filter(source -> !source.published() && source.owner() == contribution)
                .flatMap(source -> source.spans().stream())
                .filter(span -> span.shard() == shard)
                .mapToLong(span -> span.lastOffset() + 1)
                .findFirst()
                .orElse(0);
    }
}
