package dev.plimsoll.coordinator.planner;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.plimsoll.wire.JournalRecord.SampleAdmitted;
import dev.plimsoll.wire.SequenceRef;
import dev.plimsoll.wire.StepSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.pcollections.TreePMap;

/** Admitted sequences that are in no step yet, in the order of their ordinals. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Backlog {
    /** The bound of a step that is counted in tokens. */
    static final int MAX_STEP_SEQUENCES = 16_384;

    private TreePMap<Long, AdmittedSample> samples;
    private long nextOrdinal;
    private long tokens;

    @JsonCreator
    Backlog(
            @JsonProperty("samples") SortedMap<Long, AdmittedSample> samples,
            @JsonProperty("nextOrdinal") long nextOrdinal,
            @JsonProperty("tokens") long tokens) {
        this.samples = TreePMap.from(samples);
        this.nextOrdinal = nextOrdinal;
        this.tokens = tokens;
    }

    private Backlog(Backlog other) {
        samples = other.samples;
        nextOrdinal = other.nextOrdinal;
        tokens = other.tokens;
    }

    static Backlog empty() {
        return new Backlog(TreePMap.empty(), 0, 0);
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
        return samples.isEmpty() ? OptionalLong.empty() : OptionalLong.of(samples.firstKey());
    }

    boolean contains(long ordinal) {
        return samples.containsKey(ordinal);
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
                .mapToLong(ordinal -> samples.get(ordinal).sequence().tokens())
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
        samples =
                samples.plus(sequence.ordinal(), new AdmittedSample(sequence, admitted.sampleId(), admitted.origin()));
        nextOrdinal = sequence.ordinal() + sequence.chunks();
        tokens += sequence.tokens();
    }

    AdmittedSample take(long ordinal) {
        AdmittedSample sample = samples.get(ordinal);
        samples = samples.minus(ordinal);
        tokens -= sample.sequence().tokens();
        return sample;
    }
}
