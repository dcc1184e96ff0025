package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.coordinator.planner.source.Sources;
import dev.plimsoll.coordinator.planner.source.StepMix;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord.EpochStarted;
import dev.plimsoll.wire.journal.JournalRecord.SampleAdmitted;
import dev.plimsoll.wire.journal.SourcePosition;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Admitted sequences that are in no step yet: in the first epoch by ordinal, in each later one
 * shuffled, as a function of (seed, epoch, ordinal) alone (protocol rule 4). It chooses the samples
 * of a step: of each source in this order, and of sources by their weights. It keeps trained
 * sequences while another epoch is to come or a rollback may need them.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Backlog {
    /** The bound of a step that is counted in tokens. */
    static final int MAX_STEP_SEQUENCES = 16_384;

    /** By place in the epoch's order. */
    private SampleQueues samples;

    /** By ordinal. */
    private SampleQueues trained;

    private final Sources sources;
    private Origins origins;
    private long nextOrdinal;
    private int epoch;
    private long shuffle;
    private boolean ended;

    @JsonCreator
    Backlog(
            @JsonProperty("samples") SampleQueues samples,
            @JsonProperty("trained") SampleQueues trained,
            @JsonProperty("sources") Sources sources,
            @JsonProperty("origins") Origins origins,
            @JsonProperty("nextOrdinal") long nextOrdinal,
            @JsonProperty("epoch") int epoch,
            @JsonProperty("shuffle") long shuffle,
            @JsonProperty("ended") boolean ended) {
        this.samples = samples;
        this.trained = trained;
        this.sources = sources;
        this.origins = origins;
        this.epoch = epoch;
        this.shuffle = shuffle;
        this.ended = ended;
        this.nextOrdinal = nextOrdinal;
    }

    static Backlog empty() {
        return new Backlog(
                SampleQueues.empty(),
                SampleQueues.empty(),
                Sources.none(),
                Origins.none(),
                0,
                0,
                0,
                false);
    }

    Backlog copy() {
        return new Backlog(
                samples, trained, sources.copy(), origins, nextOrdinal, epoch, shuffle, ended);
    }

    public Sources sources() {
        return sources;
    }

    /** Those of paused and removed sources too. */
    public int size() {
        return samples.size();
    }

    /** As {@link #size}. */
    public long tokens() {
        return samples.tokens();
    }

    /** Of the longest that waits; 0 without one. It looks at each. */
    public int longestTokens() {
        int[] longest = {0};
        samples.forEach(
                sample -> longest[0] = Math.max(longest[0], sample.sequence().tokens()));
        return longest[0];
    }

    /** How many of the source wait. */
    public int size(String source) {
        return samples.size(source);
    }

    /** Those that a step may take now. */
    public int ready() {
        return samples.amount(sources::isActive).samples();
    }

    /** Those that wait until their source is resumed. */
    SampleQueues.Amount paused() {
        return samples.amount(sources::isPaused);
    }

    /** Those that are to be rejected, oldest first. */
    public List<AdmittedSample> removed(int most) {
        return samples.of(sources::isRemoved).values().stream()
                .flatMap(queue -> queue.values().stream())
                .limit(most)
                .toList();
    }

    /** Whether a source that goes into steps has nothing to give. */
    boolean isOneStarving() {
        return sources.isWeighed()
                && samples.of(sources::isActive).size()
                        < sources.all().keySet().stream()
                                .filter(source ->
                                        sources.isActive(source) && !sources.isEvaluation(source))
                                .count();
    }

    /** Every ordinal below has been admitted or is not the first chunk of a sequence. */
    public long nextOrdinal() {
        return nextOrdinal;
    }

    /** Of what a step may take now. */
    public OptionalLong firstOrdinal() {
        return samples.of(sources::isActive).values().stream()
                .map(queue -> queue.entrySet().iterator().next())
                .min(Map.Entry.comparingByKey())
                .map(first -> OptionalLong.of(first.getValue().ordinal()))
                .orElse(OptionalLong.empty());
    }

    /** Whether the sample that was submitted there has a sequence. */
    public boolean isAdmitted(SampleOrigin origin) {
        return origins.contains(origin);
    }

    boolean contains(long ordinal) {
        return samples.find(rank(ordinal)) != null;
    }

    /** The next ordinals that make a step full; empty while there are too few. */
    public Optional<NextStep> fullStep(StepSettings settings) {
        SampleQueues.Amount ready = samples.amount(sources::isActive);
        return isFull(ready.samples(), ready.tokens(), settings)
                ? Optional.of(nextStep(settings)).filter(NextStep::isFull)
                : Optional.empty();
    }

    /** The next ordinals, as many as a step takes, or all there are. */
    public NextStep nextStep(StepSettings settings) {
        List<Long> ordinals = new ArrayList<>();
        long taken = 0;
        StepMix<AdmittedSample> mix = new StepMix<>(sources, samples.of(sources::isActive));
        while (mix.hasNext() && !isFull(ordinals.size(), taken, settings)) {
            AdmittedSample sample = mix.next();
            ordinals.add(sample.ordinal());
            taken += sample.sequence().tokens();
        }
        return new NextStep(ordinals, mix.turns(), isFull(ordinals.size(), taken, settings));
    }

    private static boolean isFull(int sequences, long tokens, StepSettings settings) {
        return settings.samplesPerStep() > 0
                ? sequences >= settings.samplesPerStep()
                : sequences >= MAX_STEP_SEQUENCES || tokens >= settings.tokensPerStep();
    }

    void apply(SampleAdmitted admitted) {
        SequenceRef sequence = admitted.sequence();
        IllegalRecord.when(
                sequence.ordinal() < nextOrdinal, admitted, "the next ordinal is " + nextOrdinal);
        IllegalRecord.when(ended, admitted, "the data has ended: there was a second epoch");
        sources.seen(admitted.source());
        if (!sources.isEvaluation(admitted.source())) {
            samples = samples.plus(
                    sequence.ordinal(),
                    new AdmittedSample(
                            sequence, admitted.sampleId(), admitted.origin(), admitted.source()));
        }
        origins = origins.plus(admitted.origin());
        nextOrdinal = sequence.ordinal() + sequence.chunks();
    }

    /** It must wait. */
    AdmittedSample take(long ordinal) {
        AdmittedSample sample = samples.find(rank(ordinal));
        samples = samples.minus(rank(ordinal), sample);
        return sample;
    }

    /** The first is 0. */
    public int epoch() {
        return epoch;
    }

    /**
     * No more samples are admitted: a second epoch began, whether or not it was rolled back since.
     */
    public boolean isEnded() {
        return ended;
    }

    public boolean hasTrained() {
        return !trained.isEmpty();
    }

    /** The number of trained sequences that it keeps. */
    public int trained() {
        return trained.size();
    }

    /**
     * How far the data is. Members of open steps count as not trained; of their source they come
     * before all others that wait.
     *
     * @param turns before the oldest open step
     */
    DataPosition position(Collection<AdmittedSample> open, Map<String, Long> turns) {
        long none = epoch == 0 ? nextOrdinal : DataPosition.END;
        SortedMap<String, Long> ranks = new TreeMap<>();
        sources.all().keySet().stream()
                .filter(source -> !sources.isEvaluation(source))
                .forEach(source -> ranks.put(source, none));
        samples.of(_ -> true).forEach((source, queue) -> ranks.put(source, queue.firstKey()));
        open.forEach(member -> ranks.merge(member.source(), rank(member.ordinal()), Math::min));
        long first = ranks.values().stream().min(Comparator.naturalOrder()).orElse(none);
        if (turns.isEmpty() && Set.of(SourceName.DEFAULT).containsAll(ranks.keySet())) {
            return new DataPosition(epoch, first);
        }
        SortedMap<String, SourcePosition> positions = new TreeMap<>();
        ranks.forEach((source, rank) ->
                positions.put(source, new SourcePosition(rank, turns.getOrDefault(source, 0L))));
        return new DataPosition(epoch, first, positions);
    }

    /** The members of a step that is abandoned wait again. */
    void giveBack(Collection<AdmittedSample> members) {
        members.forEach(this::wait);
    }

    private void wait(AdmittedSample sample) {
        samples = samples.plus(rank(sample.ordinal()), sample);
    }

    /**
     * Waiting is what waited at that position, without the samples that were rejected since, and
     * with those that were admitted since.
     */
    void rollBack(DataPosition to, long seed) {
        List<AdmittedSample> once = new ArrayList<>();
        trained.forEach(once::add);
        List<AdmittedSample> before = new ArrayList<>();
        samples.forEach(before::add);
        samples = SampleQueues.empty();
        trained = SampleQueues.empty();
        int from = epoch;
        begin(to.epoch(), seed);
        once.forEach(sample -> rollBack(sample, from + 1, to));
        before.forEach(sample -> rollBack(sample, from, to));
        SortedMap<String, Long> turns = new TreeMap<>();
        to.sources().forEach((source, at) -> turns.put(source, at.turn()));
        turns.values().removeIf(turn -> turn == 0);
        sources.turns(turns);
    }

    /** @param times how often it was trained */
    private void rollBack(AdmittedSample sample, int times, DataPosition to) {
        boolean isTrained = rank(sample.ordinal()) < to.rankOf(sample.source());
        if (isTrained) {
            trained = trained.plus(sample.ordinal(), sample);
        } else {
            wait(sample);
        }
        int timesThere = to.epoch() + (isTrained ? 1 : 0);
        if (timesThere != times) {
            sources.trained(sample.source(), timesThere - times);
        }
    }

    /** Used in the first epoch: no rollback can reach what came before. */
    void forgetTrainedBefore(DataPosition position) {
        for (String source : List.copyOf(trained.of(_ -> true).keySet())) {
            trained = trained.without(source, position.rankOf(source));
        }
    }

    /** Used when nothing needs what is trained. */
    void forgetTrained() {
        trained = SampleQueues.empty();
    }

    /** Keeps trained members for the next epoch or for a rollback. */
    void keep(Collection<AdmittedSample> members) {
        for (AdmittedSample member : members) {
            trained = trained.plus(member.ordinal(), member);
        }
    }

    void apply(EpochStarted started, long seed) {
        IllegalRecord.when(!samples.isEmpty(), started, "the epoch before is not through");
        IllegalRecord.when(started.epoch() != epoch + 1, started, "the epoch is " + epoch);
        ended = true;
        begin(started.epoch(), seed);
        trained.forEach(this::wait);
        trained = SampleQueues.empty();
    }

    private void begin(int newEpoch, long seed) {
        epoch = newEpoch;
        shuffle = newEpoch == 0 ? 0 : mixed(seed + mixed(newEpoch));
    }

    /** The place in the epoch's order. No two ordinals have the same. */
    private long rank(long ordinal) {
        return epoch == 0 ? ordinal : mixed(ordinal ^ shuffle);
    }

    /** A bijection that turns every bit: the finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long mixed(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
