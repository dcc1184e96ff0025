package dev.plimsoll.coordinator.planner;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.plimsoll.wire.JournalRecord.EpochStarted;
import dev.plimsoll.wire.JournalRecord.SampleAdmitted;
import dev.plimsoll.wire.SequenceRef;
import dev.plimsoll.wire.StepSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.pcollections.TreePMap;

/**
 * Admitted sequences that are in no step yet: in the first epoch by ordinal, in each later one shuffled, as a function of (seed, epoch,
 * ordinal) alone. Where there are epochs to come it keeps what was trained.
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

    @JsonCreator
    Backlog(
            @JsonProperty("samples") SortedMap<Long, AdmittedSample> samples,
            @JsonProperty("trained") SortedMap<Long, AdmittedSample> trained,
            @JsonProperty("nextOrdinal") long nextOrdinal,
            @JsonProperty("tokens") long tokens,
            @JsonProperty("epoch") int epoch,
            @JsonProperty("shuffle") long shuffle) {
        this.samples = TreePMap.from(samples);
        this.trained = TreePMap.from(trained);
        this.epoch = epoch;
        this.shuffle = shuffle;
        this.nextOrdinal = nextOrdinal;
        this.tokens = tokens;
    }

    private Backlog(Backlog other) {
        samples = other.samples;
        trained = other.trained;
        epoch = other.epoch;
        shuffle = other.shuffle;
        nextOrdinal = other.nextOrdinal;
        tokens = other.tokens;
    }

    static Backlog empty() {
        return new Backlog(TreePMap.empty(), TreePMap.empty(), 0, 0, 0, 0);
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

    OptionalLong firstOrdinal() {
        return samples.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(samples.firstEntry().getValue().ordinal());
    }

    boolean contains(long ordinal) {
        return samples.containsKey(rank(ordinal));
    }

    /** The next ordinals that make a step full, a function of the ordinals alone; empty while there are too few. */
    List<Long> fullStep(StepSettings settings) {
        List<Long> ordinals = nextStep(settings);
        return isFull(ordinals, settings) ? ordinals : List.of();
    }

    /** The next ordinals, as many as a step takes, or all there are. */
    List<Long> nextStep(StepSettings settings) {
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
        Illegal.when(sequence.ordinal() < nextOrdinal, admitted, "the next ordinal is " + nextOrdinal);
        Illegal.when(epoch > 0, admitted, "the data has ended: the epoch is " + epoch);
        samples =
                samples.plus(sequence.ordinal(), new AdmittedSample(sequence, admitted.sampleId(), admitted.origin()));
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

    boolean hasTrained() {
        return !trained.isEmpty();
    }

    /** For the next epoch. */
    void keep(Collection<AdmittedSample> members) {
        for (AdmittedSample member : members) {
            trained = trained.plus(member.ordinal(), member);
        }
    }

    void apply(EpochStarted started, long seed) {
        Illegal.when(!samples.isEmpty(), started, "the epoch before is not through");
        Illegal.when(started.epoch() != epoch + 1, started, "the epoch is " + epoch);
        epoch = started.epoch();
        shuffle = mixed(seed + mixed(epoch));
        for (AdmittedSample sample : trained.values()) {
            samples = samples.plus(rank(sample.ordinal()), sample);
            tokens += sample.sequence().tokens();
        }
        trained = TreePMap.empty();
    }

    /** Where in the epoch's order; never the same for two ordinals. */
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
