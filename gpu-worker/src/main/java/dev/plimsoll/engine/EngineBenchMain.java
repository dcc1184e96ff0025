package dev.plimsoll.engine;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.LoraSettings;
import dev.plimsoll.wire.MemoryPlan;
import dev.plimsoll.wire.Projection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Speed and memory of the engine: forward and backward of micro-batches of one shape, every token trained, LoRA on all
 * seven projections. Arguments: MODEL-DIR SHAPE RANK REPEATS CASE…, where a case is SEQUENCESxLENGTH/RECOMPUTED-LAYERS,
 * such as 4x2048/0. MODEL-DIR is made with random weights of the named shape (8b, 1b, small) unless it exists.
 *
 * <p>Prints a line a case: the median over the repeats after two unmeasured ones, tokens a second of forward and
 * backward, the exact peak of live bytes, and what the process holds of the device in all.
 */
public final class EngineBenchMain {

    private static final int WARM_UP = Integer.getInteger("plimsoll.warmup", 2);
    private static final double GIB = 1L << 30;

    private EngineBenchMain() {}

    public static void main(String[] arguments) {
        if (arguments.length < 5) {
            System.err.println("usage: MODEL-DIR SHAPE RANK REPEATS SEQUENCESxLENGTH/RECOMPUTED…");
            System.exit(2);
        }
        Path model = Path.of(arguments[0]);
        int rank = Integer.parseInt(arguments[2]);
        if (!Files.exists(model)) {
            long start = System.nanoTime();
            RandomModel.create(model, RandomModel.shape(arguments[1]), 7, Dtype.BF16, List.of());
            System.out.printf(Locale.ROOT, "made %s in %.0f s%n", model, (System.nanoTime() - start) / 1e9);
        }
        LoraSettings lora = new LoraSettings(rank, 2.0 * rank, false, EnumSet.allOf(Projection.class));
        long start = System.nanoTime();
        try (TrainingEngine engine = EngineFactory.open(
                model, lora, new EngineOptions("auto", System.getProperty("plimsoll.precision", "auto"), 0, 0))) {
            engine.loadAdapter(0, engine.layout().initial(1));
            System.out.printf(
                    Locale.ROOT,
                    "loaded on %s in %.1f s, %.2f GiB used, %s%n",
                    engine.device().name(),
                    (System.nanoTime() - start) / 1e9,
                    engine.meter().read().usedBytes() / GIB,
                    engine.device().precision());
            System.out.println(
                    "case                        tokens/s   forward ms  backward ms   peak GiB   process GiB");
            for (String text : Arrays.asList(arguments).subList(4, arguments.length)) {
                measure(engine, Case.parse(text), Integer.parseInt(arguments[3]));
            }
        }
    }

    /** SEQUENCESxLENGTH/RECOMPUTED. */
    private record Case(String text, int sequences, int length, MemoryPlan plan) {
        static Case parse(String text) {
            int[] numbers = Arrays.stream(text.split("[x/]"))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            int[] all = Arrays.copyOf(numbers, 7);
            MemoryPlan plan = new MemoryPlan(all[2], all[4] == 0 ? 1024 : all[4], all[3], all[5], Math.max(1, all[6]));
            return new Case(text, all[0], all[1], plan);
        }

        List<PackedSequence> microBatch(int vocabulary) {
            SplittableRandom random = new SplittableRandom(3);
            List<PackedSequence> batch = new ArrayList<>();
            for (int s = 0; s < sequences; s++) {
                boolean[] trainOn = new boolean[length];
                Arrays.fill(trainOn, true);
                batch.add(
                        new PackedSequence(s, random.ints(length, 0, vocabulary).toArray(), trainOn));
            }
            return batch;
        }
    }

    private static void measure(TrainingEngine engine, Case shape, int repeats) {
        List<PackedSequence> batch = shape.microBatch(engine.layout().config().vocabSize());
        List<Trained> runs = new ArrayList<>();
        for (int i = 0; i < WARM_UP + repeats; i++) {
            switch (engine.train(batch, shape.plan(), Progress.NONE)) {
                case Trained trained -> runs.add(trained);
                case MicroBatchResult.Failed failed -> {
                    System.out.printf(Locale.ROOT, "%-26s %s%n", shape.text(), failed);
                    return;
                }
            }
        }
        List<Trained> measured = runs.subList(WARM_UP, runs.size()).stream()
                .sorted(java.util.Comparator.comparingLong(t -> t.forwardMicros() + t.backwardMicros()))
                .toList();
        Trained median = measured.get(measured.size() / 2);
        MemoryReading reading = engine.meter().read();
        System.out.printf(
                Locale.ROOT,
                "%-26s %9.0f %12.1f %12.1f %10.2f %13.2f%n",
                shape.text(),
                median.tokens() * 1e6 / (median.forwardMicros() + median.backwardMicros()),
                median.forwardMicros() / 1e3,
                median.backwardMicros() / 1e3,
                median.peakBytes() / GIB,
                (reading.totalBytes() - reading.freeBytes()) / GIB);
    }
}
