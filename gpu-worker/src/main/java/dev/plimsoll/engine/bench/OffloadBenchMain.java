package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/**
 * What one long sequence takes with none, some and all layers' inputs in host memory, and what that
 * memory costs: bought before the micro-batch that first needs it, and beforehand; and all of it
 * where recomputed layers keep attention's output. Each line has the times of all repeats: the
 * first holds what the device and the host do only once.
 *
 * <p>Arguments: MODEL-DIR SHAPE DEVICE PRECISION TOKENS REPEATS; a model of the shape with random
 * weights is made if there is none.
 */
public final class OffloadBenchMain {

    private static final int RANK = 16;
    private static final int TILE = 2048;
    private static final int CHUNK = 1024;

    private OffloadBenchMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 6) {
            System.err.println("usage: MODEL-DIR SHAPE DEVICE PRECISION TOKENS REPEATS");
            System.exit(ExitCode.USAGE.number());
        }
        try {
            run(
                    Path.of(arguments[0]),
                    arguments[1],
                    new EngineOptions(arguments[2], arguments[3], 0, 0),
                    Integer.parseInt(arguments[4]),
                    Integer.parseInt(arguments[5]));
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.INPUT.number());
        }
    }

    private static void run(
            Path model, String shape, EngineOptions options, int tokens, int repeats) {
        EngineBenchMain.makeUnlessThere(model, shape);
        LoraSettings lora =
                new LoraSettings(RANK, 2.0 * RANK, false, EnumSet.allOf(Projection.class));
        try (TrainingEngine engine = EngineFactory.open(model, lora, options)) {
            engine.loadAdapter(0, engine.layout().initial(1));
            int layers = engine.layout().config().layers();
            List<PackedSequence> sequence = new Workload.Equal(1, tokens)
                    .microBatch(engine.layout().config().vocabSize(), List.of());
            for (boolean keeps : new boolean[] {false, true}) {
                String kept = keeps ? ", attention kept" : "";
                for (int offloaded :
                        new int[] {0, layers, layers / 4, layers / 2, 3 * layers / 4}) {
                    MemoryPlan plan =
                            new MemoryPlan(MemoryPlan.ALL_LAYERS, CHUNK, TILE, offloaded, 1);
                    measure(
                            engine,
                            sequence,
                            plan.withKeepAttention(keeps),
                            offloaded + " of " + layers + kept,
                            repeats);
                }
                MemoryPlan whole = new MemoryPlan(layers, CHUNK, tokens).withKeepAttention(keeps);
                measure(engine, sequence, whole, "0, no tiles" + kept, repeats);
            }
            long begun = System.nanoTime();
            engine.betweenSteps();
            System.out.printf(
                    Locale.ROOT,
                    "between steps: %.0f ms, then %d MiB pinned%n",
                    (System.nanoTime() - begun) / 1e6,
                    engine.pinnedBytes() >> 20);
        }
    }

    private static void measure(
            TrainingEngine engine,
            List<PackedSequence> sequence,
            MemoryPlan plan,
            String name,
            int repeats) {
        List<String> millis = new ArrayList<>();
        double peak = 0;
        for (int i = 0; i < repeats; i++) {
            long begun = System.nanoTime();
            switch (engine.train(sequence, plan, LayerListener.NONE)) {
                case Trained trained -> {
                    double whole = (System.nanoTime() - begun) / 1e6;
                    double passes = (trained.forwardMicros() + trained.backwardMicros()) / 1e3;
                    peak = Math.max(peak, trained.peakBytes() / (double) (1 << 30));
                    millis.add(String.format(
                            Locale.ROOT, "%.0f (and %.0f before it)", passes, whole - passes));
                }
                case Failed failed -> millis.add(failed.reason() + ": " + failed.note());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "offloaded %s: ms %s; peak %.2f GiB, %d MiB pinned%n",
                name,
                String.join(", ", millis),
                peak,
                engine.pinnedBytes() >> 20);
    }
}
