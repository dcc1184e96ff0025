package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.run.EvaluationSettings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must be true of evaluations, from the journal and from what engines really computed: each is
 * of the committed version, covers each of its samples exactly once, and says the loss that an
 * undisturbed machine finds; the best version is kept.
 */
final class SimEvaluations {
    private static final int MOST_STEPS = 4;
    private static final int MOST_SAMPLES = 8;
    /** Losses are whole multiples of it: their sum has the same bits in every order. */
    private static final double QUANTUM = 1.0 / 1024;

    private static final int QUANTA_BITS = 54;

    private final SimWorld world;
    private final SimVersions versions;
    private final Map<Attempt, Double> computed = new HashMap<>();
    private final Map<Attempt, JournalRecord.MicroBatchDispatched> underWay = new HashMap<>();
    private final Map<Attempt, JournalRecord.MicroBatchDispatched> counted = new HashMap<>();
    private final Map<Attempt, Double> losses = new HashMap<>();
    private final Set<Long> through = new HashSet<>();
    private final Set<Long> dealt = new HashSet<>();
    private Optional<JournalRecord.EvaluationOpened> open = Optional.empty();
    private TreeSet<Long> members = new TreeSet<>();
    private double best = Double.POSITIVE_INFINITY;
    private long bestVersion;
    private OptionalLong toBeKept = OptionalLong.empty();
    private int closed;
    private int headway;

    SimEvaluations(SimWorld world, SimVersions versions) {
        this.world = world;
        this.versions = versions;
    }

    /** Whether samples of that run may be for evaluation. */
    static boolean areThere(long seed) {
        return seed % 3 == 1;
    }

    static EvaluationSettings settings(long seed, SplittableRandom random) {
        return areThere(seed)
                ? new EvaluationSettings(
                        random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(MOST_STEPS),
                        random.nextBoolean() ? 0 : 1 + random.nextInt(MOST_SAMPLES),
                        random.nextInt(4) > 0)
                : EvaluationSettings.NEVER;
    }

    /** @param digest of the adapter that the sequence is evaluated on */
    static double lossNats(SimSample sample, long digest) {
        long quanta = 1
                + (new SplittableRandom(17 * digest + sample.ordinal()).nextLong() >>> QUANTA_BITS);
        return sample.lossTokens() * (quanta * QUANTUM);
    }

    /** An engine has found this. */
    void evaluated(Attempt attempt, double lossNats) {
        computed.put(attempt, lossNats);
    }

    boolean areOpen() {
        return open.isPresent();
    }

    /** How many were closed. */
    int closed() {
        return closed;
    }

    int headway() {
        return headway;
    }

    /** The place of a record in the run, as the truth knows it. */
    record Place(long committed, long stepsDone, int openSteps, boolean finishAsked) {}

    void journaled(JournalRecord record, Place place) {
        switch (record) {
            case JournalRecord.EvaluationOpened opened -> open(opened, place);
            case JournalRecord.MicroBatchDispatched out
            when out.attempt().evaluates() -> dispatch(out);
            case JournalRecord.MicroBatchReturned back -> underWay.remove(back.attempt());
            case JournalRecord.Evaluated is -> count(is);
            case JournalRecord.WorkerLost lost -> lose(lost.generation());
            case JournalRecord.SampleRejected out -> {
                assertThat(counted.values().stream().flatMap(of -> of.ordinals().stream()))
                        .as("ordinals that are evaluated when %s", out)
                        .doesNotContain(out.ordinal());
                members.remove(out.ordinal());
            }
            case JournalRecord.EvaluationClosed is -> close(is, place);
            case JournalRecord.EvaluationDropped dropped -> {
                assertThat(dropped.version()).isEqualTo(version());
                end();
            }
            case JournalRecord.StepOpened step -> requireNoneFirst(place);
            case JournalRecord.CheckpointBegun begun -> keep(begun);
            case JournalRecord.StepCommitted step ->
                assertThat(toBeKept).as("the best version that is not kept yet").isEmpty();
            case JournalRecord.RolledBack back -> {
                through.add(back.version());
                if (bestVersion > back.ofVersion()) {
                    best = Double.POSITIVE_INFINITY;
                }
            }
            case JournalRecord.RunFinished finished -> {
                assertThat(toBeKept).as("the best version that is not kept yet").isEmpty();
                requireNoneDue(place);
            }
            default -> {}
        }
    }

    private long version() {
        return open.orElseThrow().version();
    }

    private void open(JournalRecord.EvaluationOpened opened, Place place) {
        assertThat(open).as("the evaluation that is open").isEmpty();
        assertThat(place.openSteps()).as("open steps at an evaluation").isZero();
        assertThat(opened.version()).as("evaluated version").isEqualTo(place.committed());
        assertThat(through.add(opened.version())).as("%s comes once", opened).isTrue();
        long every = world.run.evaluation().every();
        assertThat(place.finishAsked() || place.stepsDone() % every == 0)
                .as("after %d steps %d is evaluated", place.stepsDone(), opened.version())
                .isTrue();
        int most = world.run.evaluation().maxSamples();
        assertThat(opened.ordinals())
                .as("samples of an evaluation")
                .isEqualTo(world.sources.toEvaluate().stream()
                        .limit(most == 0 ? Integer.MAX_VALUE : most)
                        .toList());
        open = Optional.of(opened);
        members = new TreeSet<>(opened.ordinals());
        dealt.clear();
    }

    private void dispatch(JournalRecord.MicroBatchDispatched out) {
        assertThat(open).as("the evaluation that %s is of", out).isPresent();
        assertThat(members).as("samples of the evaluation").containsAll(out.ordinals());
        List<Long> placed = new ArrayList<>(out.ordinals());
        underWay.values().forEach(other -> placed.addAll(other.ordinals()));
        counted.values().forEach(other -> placed.addAll(other.ordinals()));
        assertThat(placed).as("ordinals that are dealt or evaluated").doesNotHaveDuplicates();
        underWay.put(out.attempt(), out);
        if (!Collections.disjoint(dealt, out.ordinals())) {
            world.situations.add(Situation.EVALUATED_SAMPLE_IS_DEALT_AGAIN);
        }
        dealt.addAll(out.ordinals());
    }

    private void count(JournalRecord.Evaluated is) {
        assertThat(underWay).as("what is evaluated is under way").containsKey(is.attempt());
        assertThat(is.lossNats())
                .as("loss of %s", is.attempt())
                .isEqualTo(computed.get(is.attempt()));
        counted.put(is.attempt(), underWay.remove(is.attempt()));
        losses.put(is.attempt(), is.lossNats());
        headway++;
    }

    private void lose(long generation) {
        boolean any = underWay.values().removeIf(of -> of.generation() == generation);
        any |= counted.values().removeIf(of -> of.generation() == generation);
        losses.keySet().retainAll(counted.keySet());
        if (any) {
            world.situations.add(Situation.WORKER_IS_LOST_WHILE_EVALUATING);
        }
    }

    private void close(JournalRecord.EvaluationClosed is, Place place) {
        assertThat(is.version()).as("version that %s is of", is).isEqualTo(version());
        assertThat(is.version()).as("committed version").isEqualTo(place.committed());
        assertThat(counted.values().stream()
                        .flatMap(of -> of.ordinals().stream())
                        .sorted()
                        .toList())
                .as("each sample of the evaluation is evaluated once")
                .isEqualTo(List.copyOf(members));
        double nats = 0;
        long tokens = 0;
        for (long ordinal : members) {
            nats += lossNats(world.sample(ordinal), versions.digest(is.version()));
            tokens += world.sample(ordinal).lossTokens();
        }
        assertThat(is.lossTokens()).as("tokens of %s", is).isEqualTo(tokens);
        assertThat(is.samples()).as("samples of %s", is).isEqualTo(members.size());
        assertThat(is.loss()).as("loss of %s", is).isEqualTo(nats / tokens);
        assertThat(is.perplexity()).as("perplexity of %s", is).isEqualTo(Math.exp(nats / tokens));
        assertThat(is.best()).as("%s after a best of %s", is, best).isEqualTo(is.loss() < best);
        if (is.best()) {
            if (best < Double.POSITIVE_INFINITY) {
                world.situations.add(Situation.BETTER_VERSION_IS_FOUND);
            }
            best = is.loss();
            bestVersion = is.version();
            toBeKept = world.run.evaluation().keepBest()
                    ? OptionalLong.of(is.version())
                    : OptionalLong.empty();
        }
        closed++;
        headway++;
        end();
    }

    private void end() {
        open = Optional.empty();
        members.clear();
        underWay.clear();
        counted.clear();
        losses.clear();
    }

    private void keep(JournalRecord.CheckpointBegun begun) {
        if (begun.name().equals(EvaluationSettings.BEST)) {
            assertThat(toBeKept).as("the best version").hasValue(begun.version());
            toBeKept = OptionalLong.empty();
        }
    }

    private void requireNoneFirst(Place place) {
        assertThat(open).as("the evaluation that a step opens in").isEmpty();
        long every = world.run.evaluation().every();
        if (every > 0 && (place.stepsDone() + place.openSteps()) % every == 0) {
            if (place.openSteps() > 0) {
                assertThat(world.sources.toEvaluate())
                        .as("samples to be evaluated before a step opens")
                        .isEmpty();
            } else {
                requireNoneDue(place);
            }
        }
    }

    private void requireNoneDue(Place place) {
        boolean isDue = world.run.evaluation().every() > 0
                && place.committed() > 0
                && !through.contains(place.committed())
                && !world.sources.toEvaluate().isEmpty();
        assertThat(isDue)
                .as("version %d has an evaluation to come", place.committed())
                .isFalse();
    }

    /** By attempt, for a message. */
    @Override
    public String toString() {
        return new TreeMap<>(Map.of("under way", underWay.toString(), "counted", losses.toString()))
                .toString();
    }
}
