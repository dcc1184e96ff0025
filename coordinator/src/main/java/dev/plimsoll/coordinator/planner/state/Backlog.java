package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord.EpochStarted;
import dev.plimsoll.wire.journal.JournalRecord.SampleAdmitted;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.StepSettings;

import org.pcollections.TreePMap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.stream.LongStream;

/**
 * Admitted sequences that are in no step yet: in the first epoch by ordinal, in each later one
 * shuffled, as a function of (seed, epoch, ordinal) alone (protocol rule 4). It chooses the samples
 * of a step. It keeps trained sequences while another epoch is to come or a rollback may need them.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Backlog {
    /** The bound of a step that is counted in tokens. */
    static final int MAX_STEP_SEQUENCES = 16_384;

    private TreePMap<Long, AdmittedSample> samples;
    private TreePMap<Long, AdmittedSample> trained;
    private long nextOrdinal;
    private long tokens;
    private int epoch;
    private long shuffle;
    private boolean ended;

    @JsonCreator
    Backlog(
            @JsonProperty("samples") SortedMap<Long, AdmittedSample> samples,
            @JsonProperty("trained") SortedMap<Long, AdmittedSample> trained,
            @JsonProperty("nextOrdinal") long nextOrdinal,
            @JsonProperty("tokens") long tokens,
            @JsonProperty("epoch") int epoch,
            @JsonProperty("shuffle") long shuffle,
            @JsonProperty("ended") boolean ended) {
        this.samples = TreePMap.from(samples);
        this.trained = TreePMap.from(trained);
        this.epoch = epoch;
        this.shuffle = shuffle;
        this.ended = ended;
        this.nextOrdinal = nextOrdinal;
        this.tokens = tokens;
    }

    private Backlog(Backlog other) {
        samples = other.samples;
        trained = other.trained;
        epoch = other.epoch;
        shuffle = other.shuffle;
        ended = other.ended;
        nextOrdinal = other.nextOrdinal;
        tokens = other.tokens;
    }

    static Backlog empty() {
        return new Backlog(TreePMap.empty(), TreePMap.empty(), 0, 0, 0, 0, false);
    }

    Backlog copy() {
        return new Backlog(this);
    }

    public int size() {
        return samples.size();
    }

    public long tokens() {
        return tokens;
    }

    /** Every ordinal below has been admitted or is not the first chunk of a sequence. */
    public long nextOrdinal() {
        return nextOrdinal;
    }

    public OptionalLong firstOrdinal() {
        return samples.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(samples.firstEntry().getValue().ordinal());
    }

    boolean contains(long ordinal) {
        return samples.containsKey(rank(ordinal));
    }

    /**
     * The next ordinals that make a step full, a function of the ordinals alone; empty while there
     * are too few.
     */
    public List<Long> fullStep(StepSettings settings) {
        List<Long> ordinals = nextStep(settings);
        return isFull(ordinals, settings) ? ordinals : List.of();
    }

    /** The next ordinals, as many as a step takes, or all there are. */
    public List<Long> nextStep(StepSettings settings) {
        List<Long> ordinals = new ArrayList<>();
        long taken = 0;
        for (AdmittedSample sample : samples.values()) {
            if (isFull(ordinals.size(), taken, settings)) {
                break;
            }
            ordinals.add(sample.ordinal());
            taken += sample.sequence().tokens();
        }
        return ordinals;
    }

    private boolean isFull(List<Long> ordinals, StepSettings settings) {
        long taken = ordinals.stream()
                .mapToLong(ordinal -> samples.get(rank(ordinal)).sequence().tokens())
                .sum();
        return isFull(ordinals.size(), taken, settings);
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
        samples = samples.plus(
                sequence.ordinal(),
                new AdmittedSample(sequence, admitted.sampleId(), admitted.origin()));
        nextOrdinal = sequence.ordinal() + sequence.chunks();
        tokens += sequence.tokens();
    }

    AdmittedSample take(long ordinal) {
        AdmittedSample sample = samples.get(rank(ordinal));
        samples = samples.minus(rank(ordinal));
        tokens -= sample.sequence().tokens();
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
     * How far the data is. Members of the open step count as not trained; they come before all
     * others that wait.
     */
    DataPosition position(Collection<AdmittedSample> open) {
        LongStream ranks = LongStream.concat(
                open.stream().mapToLong(member -> rank(member.ordinal())),
                samples.isEmpty() ? LongStream.empty() : LongStream.of(samples.firstKey()));
        return new DataPosition(
                epoch, ranks.min().orElse(epoch == 0 ? nextOrdinal : DataPosition.END));
    }

    /** The members of a step that is abandoned wait again. */
    void giveBack(Collection<AdmittedSample> members) {
        members.forEach(this::wait);
    }

    private void wait(AdmittedSample sample) {
        samples = samples.plus(rank(sample.ordinal()), sample);
        tokens += sample.sequence().tokens();
    }

    /**
     * Waiting is what waited at that position, without the samples that were rejected since, and
     * with those that were admitted since.
     */
    void rollBack(DataPosition to, long seed) {
        List<AdmittedSample> all = new ArrayList<>(trained.values());
        all.addAll(samples.values());
        samples = TreePMap.empty();
        trained = TreePMap.empty();
        tokens = 0;
        begin(to.epoch(), seed);
        for (AdmittedSample sample : all) {
            if (rank(sample.ordinal()) >= to.rank()) {
                wait(sample);
            } else {
                keep(List.of(sample));
            }
        }
    }

    /** Used in the first epoch: no rollback can reach what came before. */
    void forgetTrainedBefore(long ordinal) {
        while (!trained.isEmpty() && trained.firstKey() < ordinal) {
            trained = trained.minus(trained.firstKey());
        }
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
        trained.values().forEach(this::wait);
        trained = TreePMap.empty();
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
