package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.evaluation.SequenceFile;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.memory.Composer;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The memory loop on one card, without Kafka: a text with long sequences among short ones, cut into
 * micro-batches by Plimsoll, by a fixed batch, or by halving after an out of memory. Prints a line
 * for each policy: whether it lived, tokens a second, how full the card was, how good the forecast
 * was; then a line for each memory plan. Nothing is learned by the model; all policies must end
 * with the same loss.
 *
 * <p>Arguments: MODEL-DIR DATA.jsonl DEVICE PRECISION RANK STEPS SAMPLES-PER-STEP CARD-BYTES
 * POLICY…; every 100th sample is 50 times as long. CARD-BYTES is of a simulated card on a CPU. On a
 * GPU it is what a ballast leaves (ballast.py): the loop reads a card of that size then, as if the
 * rest did not exist; 0 for the card as it is. A POLICY is plimsoll, fixed:N, the same with all
 * inputs of layers in host memory, offloaded:N, or halving. With -Dplimsoll.bench.trace=true a line
 * for each micro-batch comes before.
 */
public final class MemoryBenchMain {

    /** A mean length above it is a long sample's. */
    private static final int LONG_TOKENS = 8_000;
    /** Micro-batches before errors and refusals count. */
    private static final int LEARNING = 20;

    private static final boolean TRACE = Boolean.getBoolean("plimsoll.bench.trace");

    private final TrainingEngine engine;
    private final long cardBytes;
    private final List<PackedSequence> text;
    private final int steps;
    private final int samplesPerStep;

    private MemoryBenchMain(
            TrainingEngine engine,
            long cardBytes,
            List<PackedSequence> text,
            int steps,
            int samplesPerStep) {
        this.engine = engine;
        this.cardBytes = cardBytes;
        this.text = text;
        this.steps = steps;
        this.samplesPerStep = samplesPerStep;
    }

    public static void main(String[] arguments) {
        if (arguments.length < 9) {
            System.err.println(
                    "usage: MODEL-DIR DATA.jsonl DEVICE PRECISION RANK STEPS SAMPLES-PER-STEP "
                            + "CARD-BYTES POLICY…");
            System.exit(ExitCode.USAGE.number());
        }
        try {
            run(arguments);
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.INPUT.number());
        }
    }

    private static void run(String[] arguments) {
        int rank = Integer.parseInt(arguments[4]);
        LoraSettings lora =
                new LoraSettings(rank, 2.0 * rank, false, EnumSet.allOf(Projection.class));
        int steps = Integer.parseInt(arguments[5]);
        int samples = Integer.parseInt(arguments[6]);
        long cardBytes = Long.parseLong(arguments[7]);
        boolean simulated = arguments[2].equals("cpu");
        EngineOptions options =
                new EngineOptions(arguments[2], arguments[3], 0, simulated ? cardBytes : 0);
        List<PackedSequence> text =
                MixedLengths.of(SequenceFile.read(Path.of(arguments[1])), steps * samples);
        for (String policy : Arrays.asList(arguments).subList(8, arguments.length)) {
            try (TrainingEngine engine = EngineFactory.open(Path.of(arguments[0]), lora, options)) {
                engine.loadAdapter(0, engine.layout().initial(1));
                EngineDevice device = engine.device();
                WorkerDevice worker = new WorkerDevice(
                        device.kind(), device.name(), device.precision(), device.totalBytes());
                Loading loading = new Loading(PeakModel.of(engine.layout().config(), lora));
                MemoryBenchMain bench = new MemoryBenchMain(
                        engine, simulated ? 0 : cardBytes, text, steps, samples);
                bench.prepare();
                bench.measure(policy, policy(policy, loading, worker)).forEach(System.out::println);
            }
        }
    }

    private static LoadingPolicy policy(String name, Loading loading, WorkerDevice device) {
        if (name.equals("plimsoll")) {
            return new LoadingPolicy.Plimsoll(loading, device);
        }
        if (name.equals("halving")) {
            return new LoadingPolicy.Halving();
        }
        if (name.startsWith("fixed:")) {
            return new LoadingPolicy.Fixed(
                    Integer.parseInt(name.substring("fixed:".length())), LoadingPolicy.Fixed.PLAN);
        }
        if (name.startsWith("offloaded:")) {
            return new LoadingPolicy.Fixed(
                    Integer.parseInt(name.substring("offloaded:".length())),
                    LoadingPolicy.Fixed.OFFLOADED);
        }
        throw new IllegalArgumentException(
                "policy '" + name + "' is none of plimsoll, fixed:N, offloaded:N and halving");
    }

    /** What became of a policy. */
    private static final class Course {
        private final List<Double> errors = new ArrayList<>();
        private long tokens;
        private long lossTokens;
        private double lossNats;
        private int microBatches;
        private int refused;
        private int refusedLate;
        private double decidingSeconds;
        private double betweenSeconds;
        private double peakSeconds;
        private double lineSeconds;
        private String death = "";
        private final Map<String, ByPlan> plans = new TreeMap<>();
    }

    /** What was trained under one memory plan. */
    private record ByPlan(int microBatches, long tokens, double seconds) {
        ByPlan and(ByPlan more) {
            return new ByPlan(
                    microBatches + more.microBatches, tokens + more.tokens, seconds + more.seconds);
        }
    }

    /** Samples that are many times as long count apart. */
    private static String planOf(LoadingPolicy.Composed composed) {
        MemoryPlan plan = composed.plan();
        boolean isLong = composed.tokens() / composed.sequences().size() > LONG_TOKENS;
        return String.format(
                Locale.ROOT,
                "%-5s %2s recomputed, %2s offloaded, tiles of %,6d, %2d groups%s",
                isLong ? "long" : "short",
                layers(plan.recomputeLayers()),
                layers(plan.offloadLayers()),
                plan.mlpTileTokens(),
                plan.attentionGroups(),
                plan.keepAttention() ? ", attention kept" : "");
    }

    private static String layers(int count) {
        return count == MemoryPlan.ALL_LAYERS ? "*" : String.valueOf(count);
    }

    /** What a worker does before it joins: pinned memory for the longest sample. */
    private void prepare() {
        long begun = System.nanoTime();
        engine.expectSequences(MixedLengths.longest(text), read());
        if (TRACE) {
            System.out.println(text(
                    "before the first micro-batch %,d MiB are pinned in %.1f s",
                    engine.pinnedBytes() >> 20, (System.nanoTime() - begun) / 1e9));
        }
    }

    private List<String> measure(String name, LoadingPolicy policy) {
        Course course = new Course();
        long start = System.nanoTime();
        for (int step = 0; step < steps && course.death.isEmpty(); step++) {
            engine.zeroGradientSum();
            step(course, policy, step);
            long ended = System.nanoTime();
            engine.betweenSteps();
            course.betweenSeconds += (System.nanoTime() - ended) / 1e9;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        List<String> lines = new ArrayList<>();
        lines.add(summary(name, policy, course, seconds));
        double training =
                course.plans.values().stream().mapToDouble(ByPlan::seconds).sum();
        lines.add(text(
                "  %.1f s, of which %.1f s training, %.1f s of decisions (in the product beside"
                        + " it), %.1f s between steps:",
                seconds, training, course.decidingSeconds, course.betweenSeconds));
        MemoryReading rest = read();
        lines.add(text(
                "  at the end %,d MiB used, %,d reserved, %,d free, others %,d; the line %,d",
                rest.usedBytes() >> 20,
                rest.reservedBytes() >> 20,
                rest.freeBytes() >> 20,
                rest.othersBytes() >> 20,
                policy.lineBytes() >> 20));
        course.plans.forEach((plan, of) -> lines.add(text(
                "  %s: %3d micro-batches of %,6d tokens in the mean, %5.1f s, %,6.0f tokens/s",
                plan,
                of.microBatches(),
                of.tokens() / of.microBatches(),
                of.seconds(),
                of.tokens() / of.seconds())));
        return lines;
    }

    private static String summary(
            String name, LoadingPolicy policy, Course course, double seconds) {
        return text(
                        "%-10s %s%,9d tokens, %,7.0f tokens/s, %d micro-batches, %d refused (%d "
                                + "after the first %d), loss %.5f",
                        name,
                        course.death,
                        course.tokens,
                        course.tokens / seconds,
                        course.microBatches,
                        course.refused,
                        course.refusedLate,
                        LEARNING,
                        course.lossNats / course.lossTokens)
                + ofForecasts(policy, course);
    }

    private static String ofForecasts(LoadingPolicy policy, Course course) {
        StringBuilder told = new StringBuilder();
        if (course.lineSeconds > 0) {
            told.append(text(
                    ", peak %.1f %% of the line over time",
                    100 * course.peakSeconds / course.lineSeconds));
        }
        int count = course.errors.size();
        if (count > 0) {
            Collections.sort(course.errors);
            told.append(text(
                    ", forecast error %.2f %% median, %.2f %% at the 99th",
                    100 * course.errors.get(count / 2), 100 * course.errors.get(count * 99 / 100)));
        }
        if (policy.regret() >= 0) {
            told.append(text(", regret of the last hundred %.1f %%", 100 * policy.regret()));
        }
        return told.toString();
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private MemoryReading read() {
        MemoryReading whole = engine.meter().read();
        if (cardBytes == 0) {
            return whole;
        }
        long missing = whole.totalBytes() - cardBytes;
        if (whole.othersBytes() < missing) {
            throw new IllegalArgumentException(
                    "CARD-BYTES is " + cardBytes + ", but others hold only "
                            + whole.othersBytes() + " of this card's " + whole.totalBytes()
                            + " bytes; start ballast.py " + cardBytes + " first, or give 0");
        }
        return new MemoryReading(
                whole.usedBytes(),
                whole.peakBytes(),
                whole.reservedBytes(),
                whole.freeBytes(),
                whole.othersBytes() - missing,
                cardBytes);
    }

    private void step(Course course, LoadingPolicy policy, int step) {
        Map<Long, PackedSequence> members = new HashMap<>();
        TreeSet<SequenceRef> waiting = new TreeSet<>(Composer.BY_LENGTH);
        for (PackedSequence sequence :
                text.subList(step * samplesPerStep, (step + 1) * samplesPerStep)) {
            members.put(sequence.ordinal(), sequence);
            waiting.add(new SequenceRef(
                    sequence.ordinal(), sequence.tokens().length, sequence.lossTokens(), 1));
        }
        while (!waiting.isEmpty() && course.death.isEmpty()) {
            long asked = System.nanoTime();
            MemoryReading rest = read();
            LoadingPolicy.Composed composed = policy.next(waiting, rest);
            course.decidingSeconds += (System.nanoTime() - asked) / 1e9;
            List<PackedSequence> microBatch = composed.sequences().stream()
                    .map(ref -> members.get(ref.ordinal()))
                    .toList();
            long began = System.nanoTime();
            MicroBatchResult.OfTraining result =
                    engine.train(microBatch, composed.plan(), LayerListener.NONE);
            double seconds = (System.nanoTime() - began) / 1e9;
            course.microBatches++;
            switch (result) {
                case Trained trained -> {
                    composed.sequences().forEach(waiting::remove);
                    note(course, policy, composed, trained, seconds);
                    policy.trained(composed, rest, trained);
                }
                case Failed failed -> {
                    course.refused++;
                    if (TRACE) {
                        System.out.printf(
                                Locale.ROOT,
                                "%4d %2d x %,6d tokens, %s: refused, %,d MiB more, line %,d MiB%n",
                                course.microBatches,
                                composed.sequences().size(),
                                composed.tokens(),
                                planOf(composed),
                                failed.wantedBytes() >> 20,
                                policy.lineBytes() >> 20);
                    }
                    course.refusedLate += course.microBatches > LEARNING ? 1 : 0;
                    if (!policy.refused(composed, failed.wantedBytes())) {
                        course.death = "DIED in step " + step + " with " + microBatch.size()
                                + " sequences of " + composed.tokens() + " tokens: "
                                + failed.reason() + "; ";
                    }
                }
            }
        }
    }

    private static void note(
            Course course,
            LoadingPolicy policy,
            LoadingPolicy.Composed composed,
            Trained trained,
            double seconds) {
        course.tokens += trained.tokens();
        course.lossTokens += trained.lossTokens();
        course.lossNats += trained.lossNats();
        if (composed.forecastBytes() > 0 && course.microBatches > LEARNING) {
            course.errors.add(
                    Math.abs((double) trained.peakBytes() / composed.forecastBytes() - 1));
        }
        if (TRACE) {
            System.out.printf(
                    Locale.ROOT,
                    "%4d %2d x %,6d tokens, %s: %,5.0f ms, best %,5d, peak %,6d of %,6d MiB%n",
                    course.microBatches,
                    composed.sequences().size(),
                    composed.tokens(),
                    planOf(composed),
                    seconds * 1e3,
                    composed.bestMicros() / 1000,
                    trained.peakBytes() >> 20,
                    policy.lineBytes() >> 20);
        }
        course.plans.merge(
                planOf(composed), new ByPlan(1, composed.tokens(), seconds), ByPlan::and);
        course.peakSeconds += seconds * trained.peakBytes();
        course.lineSeconds += seconds * policy.lineBytes();
    }
}
