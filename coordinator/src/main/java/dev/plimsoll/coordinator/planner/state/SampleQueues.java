package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import org.pcollections.TreePMap;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Samples by source, and within a source by a number. Immutable, and a change copies next to
 * nothing: a decision works on a copy of the state. A source without samples is not in it. In a
 * snapshot it is one map by number.
 */
final class SampleQueues {

    private static final Queue NO_SAMPLES = new Queue(TreePMap.empty(), 0);
    private static final SampleQueues EMPTY =
            new SampleQueues(TreePMap.empty(), TreePMap.<String, Queue>empty(), 0);

    /** The same samples, so that one is found without asking each source. */
    private final TreePMap<Long, AdmittedSample> all;

    private final TreePMap<String, Queue> bySource;
    private final long tokens;

    private record Queue(TreePMap<Long, AdmittedSample> samples, long tokens) {
        Queue plus(long number, AdmittedSample sample) {
            return new Queue(
                    samples.plus(number, sample), tokens + sample.sequence().tokens());
        }

        Queue minus(long number, AdmittedSample sample) {
            return new Queue(samples.minus(number), tokens - sample.sequence().tokens());
        }
    }

    /** How much it is. */
    record Amount(int samples, long tokens) {}

    private SampleQueues(
            TreePMap<Long, AdmittedSample> all, TreePMap<String, Queue> bySource, long tokens) {
        this.all = all;
        this.bySource = bySource;
        this.tokens = tokens;
    }

    static SampleQueues empty() {
        return EMPTY;
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static SampleQueues of(SortedMap<Long, AdmittedSample> samples) {
        SampleQueues queues = EMPTY;
        for (Map.Entry<Long, AdmittedSample> sample : samples.entrySet()) {
            queues = queues.plus(sample.getKey(), sample.getValue());
        }
        return queues;
    }

    @JsonValue
    SortedMap<Long, AdmittedSample> merged() {
        return all;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    int size() {
        return all.size();
    }

    int size(String source) {
        return bySource.getOrDefault(source, NO_SAMPLES).samples().size();
    }

    long tokens() {
        return tokens;
    }

    /** Of the sources that are so, by number. */
    SortedMap<String, SortedMap<Long, AdmittedSample>> of(Predicate<String> which) {
        SortedMap<String, SortedMap<Long, AdmittedSample>> found = new TreeMap<>();
        bySource.forEach((source, queue) -> {
            if (which.test(source)) {
                found.put(source, queue.samples());
            }
        });
        return found;
    }

    /** What the sources have that are so. */
    Amount amount(Predicate<String> which) {
        int samples = 0;
        long ofTokens = 0;
        for (Map.Entry<String, Queue> of : bySource.entrySet()) {
            if (which.test(of.getKey())) {
                samples += of.getValue().samples().size();
                ofTokens += of.getValue().tokens();
            }
        }
        return new Amount(samples, ofTokens);
    }

    void forEach(Consumer<AdmittedSample> action) {
        bySource.values().forEach(queue -> queue.samples().values().forEach(action));
    }

    /** Null when there is none. No two sources have the same number. */
    AdmittedSample find(long number) {
        return all.get(number);
    }

    /** Nothing may be there under the number. */
    SampleQueues plus(long number, AdmittedSample sample) {
        Queue queue = bySource.getOrDefault(sample.source(), NO_SAMPLES);
        return new SampleQueues(
                all.plus(number, sample),
                bySource.plus(sample.source(), queue.plus(number, sample)),
                tokens + sample.sequence().tokens());
    }

    /** The sample must be there under the number. */
    SampleQueues minus(long number, AdmittedSample sample) {
        Queue rest = bySource.get(sample.source()).minus(number, sample);
        return new SampleQueues(
                all.minus(number),
                rest.samples().isEmpty()
                        ? bySource.minus(sample.source())
                        : bySource.plus(sample.source(), rest),
                tokens - sample.sequence().tokens());
    }

    /** Without what the source has below the number. */
    SampleQueues without(String source, long below) {
        SampleQueues rest = this;
        Queue queue = bySource.getOrDefault(source, NO_SAMPLES);
        for (Map.Entry<Long, AdmittedSample> sample : queue.samples().entrySet()) {
            if (sample.getKey() >= below) {
                break;
            }
            rest = rest.minus(sample.getKey(), sample.getValue());
        }
        return rest;
    }
}
