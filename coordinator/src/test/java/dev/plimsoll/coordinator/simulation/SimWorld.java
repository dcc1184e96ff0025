package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.coordinator.planner.Input;
import dev.plimsoll.wire.FleetSettings;
import dev.plimsoll.wire.LearningRate;
import dev.plimsoll.wire.LoraSettings;
import dev.plimsoll.wire.OptimizerSettings;
import dev.plimsoll.wire.Projection;
import dev.plimsoll.wire.Report;
import dev.plimsoll.wire.RunSettings;
import dev.plimsoll.wire.SampleOrigin;
import dev.plimsoll.wire.SequenceRef;
import dev.plimsoll.wire.ShardLayout;
import dev.plimsoll.wire.StepSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What all actors share: the seed's random numbers, the clock, the topics, and the truth about the samples. The
 * gradient of a sequence is 1 at the parameter with its ordinal and 0 elsewhere, so that a sum is a multiset of
 * ordinals.
 */
final class SimWorld {
    static final Duration LEASE = Duration.ofSeconds(2);

    final SplittableRandom random;
    final Plant plant;
    final RunSettings run;
    final ShardLayout layout;
    final SimKafka kafka;
    final SimTruth truth;
    /** Never finite. */
    final Set<Long> poisonous = new HashSet<>();
    /** Never readable. */
    final Set<Long> unreadable = new HashSet<>();
    /** Not readable the first time; emptied as they are tried. */
    final Set<Long> unreadableOnce = new HashSet<>();

    long nowMillis = 1_000_000;
    boolean calm;

    /** How bad this seed's weather is. */
    private final double storm;

    private final List<Late> late = new ArrayList<>();

    private record Late(Report report, long dueMillis) {}

    SimWorld(long seed, Plant plant) {
        this.random = new SplittableRandom(seed);
        this.plant = plant;
        this.storm = new double[] {0.3, 1, 4, 10}[random.nextInt(4)];
        int samples = 10 + random.nextInt(40);
        int shards = 1 + random.nextInt(3);
        this.layout = new ShardLayout(samples, shards);
        this.kafka = new SimKafka(shards);
        boolean bySamples = random.nextBoolean();
        StepSettings steps = new StepSettings(
                bySamples ? 1 + random.nextInt(10) : 0,
                bySamples ? 0 : 100 + random.nextInt(900),
                random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(300),
                0,
                seed);
        OptimizerSettings optimizer = new OptimizerSettings(
                new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 2, 0), 0.9, 0.999, 1e-8, 0.01, 0.5);
        this.run = new RunSettings(
                "sim",
                new RunSettings.ModelIdentity("tiny", "hash", samples),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                steps,
                optimizer,
                new FleetSettings(shards, 64 + random.nextInt(512), 4096, LEASE));
        for (long ordinal = 0; ordinal < samples; ordinal++) {
            addSample(ordinal);
        }
        this.truth = new SimTruth(this);
    }

    private void addSample(long ordinal) {
        int tokens = 1 + random.nextInt(chance(0.1) ? 800 : 100);
        int lossTokens = chance(0.03) ? 0 : 1 + random.nextInt(tokens);
        if (chance(0.03)) {
            poisonous.add(ordinal);
        } else if (chance(0.03)) {
            unreadable.add(ordinal);
        } else if (chance(0.03)) {
            unreadableOnce.add(ordinal);
        }
        kafka.tokenized.add(new Input.SampleArrived(
                new SequenceRef(ordinal, tokens, lossTokens, 1), "sample-" + ordinal, new SampleOrigin(0, ordinal)));
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** It will be in the log a second time, whatever has happened by then. */
    void repeatLater(Report report) {
        late.add(new Late(report, nowMillis + random.nextInt(5_000)));
    }

    void deliverLate() {
        for (Late due : List.copyOf(late)) {
            if (due.dueMillis() <= nowMillis) {
                late.remove(due);
                kafka.report(due.report());
            }
        }
    }

    /** A fault happens with about this probability, but none once the world is calm. */
    boolean fault(double probability) {
        return !calm && chance(Math.min(0.3, probability * storm));
    }

    SequenceRef sequence(long ordinal) {
        return kafka.tokenized.get((int) ordinal).sequence();
    }
}
