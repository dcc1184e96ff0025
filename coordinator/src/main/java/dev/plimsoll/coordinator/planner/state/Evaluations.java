package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The samples that are evaluated and never trained, the evaluation that is open, and what those
 * before it found. An evaluation is the work of a step that ends in no contribution; it is open
 * between two steps.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Evaluations {
    /** A sample of one more is rejected: each stands in every snapshot. */
    public static final int MAX_SAMPLES = 16_384;

    /** By ordinal, without those that were rejected. */
    private SampleQueues samples;

    private Optional<StepWork> open;
    /** The newest version that needs no evaluation any more. */
    private long through;

    private Optional<Figure> last;
    private Optional<Figure> best;

    /**
     * What an evaluation found.
     *
     * @param loss nats per loss token
     */
    public record Figure(
            long version, double loss, double perplexity, long lossTokens, int samples) {}

    @JsonCreator
    Evaluations(
            @JsonProperty("samples") SampleQueues samples,
            @JsonProperty("open") Optional<StepWork> open,
            @JsonProperty("through") long through,
            @JsonProperty("last") Optional<Figure> last,
            @JsonProperty("best") Optional<Figure> best) {
        this.samples = samples;
        this.open = open;
        this.through = through;
        this.last = last;
        this.best = best;
    }

    private Evaluations(Evaluations other) {
        samples = other.samples;
        open = other.open.map(StepWork::copy);
        through = other.through;
        last = other.last;
        best = other.best;
    }

    static Evaluations none() {
        return new Evaluations(
                SampleQueues.empty(), Optional.empty(), 0, Optional.empty(), Optional.empty());
    }

    Evaluations copy() {
        return new Evaluations(this);
    }

    /** How many samples there are, those of paused and removed sources too. */
    public int size() {
        return samples.size();
    }

    /** How many of the source. */
    public int size(String source) {
        return samples.size(source);
    }

    /** One more is to be rejected. */
    public boolean isFull() {
        return samples.size() > MAX_SAMPLES;
    }

    /** The ordinals of the sources that are so, ascending. */
    public List<Long> ordinals(Predicate<String> source, int most) {
        return in(source).map(AdmittedSample::ordinal).sorted().limit(most).toList();
    }

    /** Those of the sources that are so, without what is being evaluated. */
    public List<AdmittedSample> idle(Predicate<String> source, int most) {
        return in(source)
                .filter(sample -> !isMember(sample.ordinal()))
                .limit(most)
                .toList();
    }

    /** Of the longest sample; 0 without one. */
    public int longestTokens() {
        return in(_ -> true)
                .mapToInt(sample -> sample.sequence().tokens())
                .max()
                .orElse(0);
    }

    private Stream<AdmittedSample> in(Predicate<String> source) {
        return samples.of(source).values().stream().flatMap(queue -> queue.values().stream());
    }

    /** Whether one of the sources that are so has a sample. */
    public boolean any(Predicate<String> source) {
        return !samples.of(source).isEmpty();
    }

    private boolean isMember(long ordinal) {
        return open.filter(work -> work.step().member(ordinal) != null).isPresent();
    }

    /** The evaluation that is open, as a step without a number. */
    public Optional<StepWork> open() {
        return open;
    }

    /** Of the newest version that needs no evaluation any more; 0 when there is none. */
    public long through() {
        return through;
    }

    /** Of the last evaluation that no rollback undid. */
    public Optional<Figure> last() {
        return last;
    }

    /** The lowest loss of those that no rollback undid. */
    public Optional<Figure> best() {
        return best;
    }

    boolean contains(long ordinal) {
        return samples.find(ordinal) != null;
    }

    void add(AdmittedSample sample) {
        samples = samples.plus(sample.ordinal(), sample);
    }

    /** Takes the sample out, also of the evaluation that is open; there it must be waiting. */
    AdmittedSample reject(JournalRecord.SampleRejected rejected) {
        AdmittedSample sample = samples.find(rejected.ordinal());
        if (isMember(rejected.ordinal())) {
            StepWork work = open.orElseThrow();
            IllegalRecord.when(
                    !work.step().isWaiting(rejected.ordinal()), rejected, "it does not wait");
            work.apply(rejected);
        }
        samples = samples.minus(rejected.ordinal(), sample);
        return sample;
    }

    void apply(JournalRecord.EvaluationOpened opened) {
        IllegalRecord.when(open.isPresent(), opened, "an evaluation is open");
        boolean known =
                !opened.ordinals().isEmpty() && opened.ordinals().stream().allMatch(this::contains);
        IllegalRecord.when(!known, opened, "its members are not all samples for evaluation");
        OpenStep step = OpenStep.of(
                new OpenStep.StepHeader(
                        Attempt.NO_STEP,
                        opened.version(),
                        opened.openedAtMillis(),
                        new TreeMap<>()),
                opened.ordinals().stream().map(samples::find).toList());
        step.notes().add(opened.note());
        open = Optional.of(StepWork.of(step));
    }

    /** The evaluation that is open. */
    StepWork work(JournalRecord record) {
        return open.orElseThrow(() -> IllegalRecord.record(record, "no evaluation is open"));
    }

    void apply(JournalRecord.Evaluated is) {
        work(is).apply(new JournalRecord.MicroBatchAccepted(
                is.attempt(), is.lossNats(), is.lossTokens()));
    }

    void apply(JournalRecord.WorkerLost lost) {
        open.ifPresent(work -> work.apply(lost));
    }

    void apply(JournalRecord.EvaluationClosed closed) {
        StepWork work = of(closed.version(), closed);
        boolean all = work.step().waiting().isEmpty()
                && !work.ledger().any(LedgerEntry.Status.DISPATCHED)
                && work.step().members().size() == closed.samples()
                && work.ledger().lossTokens() == closed.lossTokens();
        IllegalRecord.when(!all, closed, "not every sample is evaluated");
        end(closed.version());
        Figure figure = new Figure(
                closed.version(),
                closed.loss(),
                closed.perplexity(),
                closed.lossTokens(),
                closed.samples());
        last = Optional.of(figure);
        best = closed.best() ? last : best;
    }

    void apply(JournalRecord.EvaluationDropped dropped) {
        of(dropped.version(), dropped);
        end(dropped.version());
    }

    private StepWork of(long version, JournalRecord record) {
        StepWork work = work(record);
        IllegalRecord.when(
                work.step().baseVersion() != version,
                record,
                "version " + work.step().baseVersion() + " is evaluated");
        return work;
    }

    private void end(long version) {
        open = Optional.empty();
        through = version;
    }

    /**
     * The version is an older one again. What was found since is undone, and the new version needs
     * no evaluation: it is as the older one.
     */
    void apply(JournalRecord.RolledBack back) {
        through = back.version();
        last = last.filter(figure -> figure.version() <= back.ofVersion());
        best = best.filter(figure -> figure.version() <= back.ofVersion());
    }
}
