package dev.plimsoll.engine.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.engine.wide.SequenceChunks;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * An engine over several cards: whether its gradient is that of one card, whether its fold has the
 * right bits, and the longest sequence that it can train. Each figure is a line of JSON.
 *
 * <p>Arguments: gradient MODEL-DIR DEVICE PRECISION CARDS TOKENS…, the gradient over the cards in
 * pipeline chunks of so many tokens against that of the first card alone, in one micro-batch and in
 * those chunks, by L2; or longest MODEL-DIR DEVICE PRECISION CARDS TOKENS, beginning with a
 * sequence of so many tokens; or fold with the same arguments, whether a sum that is taken and
 * folded has the bits of the optimizer in Java. CARDS are their numbers, such as 0,1; one number is
 * one card. DEVICE is cuda, cpu, or cpu:BYTES for pretended cards of so many bytes each.
 */
public final class WideBenchMain {

    private static final int RANK = 16;
    private static final LoraSettings LORA =
            new LoraSettings(RANK, 2.0 * RANK, false, EnumSet.allOf(Projection.class));
    private static final int CHUNK = 512;
    private static final int STEP = 256;
    /** The longest sequence is found up to this part of it. */
    private static final int EXACTNESS = 32;

    private static final int SHARDS = 16;
    private static final long CONTRIBUTION = 77;
    /** Of the check of gradients. */
    private static final int SEQUENCES = 12;

    private WideBenchMain() {}

    public static void main(String[] arguments) {
        if (arguments.length < 6) {
            System.err.println(
                    "usage: gradient|longest|fold MODEL-DIR DEVICE PRECISION CARDS TOKENS...");
            System.exit(ExitCode.USAGE.number());
        }
        try {
            run(arguments);
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.INPUT.number());
        }
        System.exit(0);
    }

    private static void run(String[] arguments) {
        Path model = Path.of(arguments[1]);
        String[] device = arguments[2].split(":", 2);
        EngineOptions options = new EngineOptions(
                device[0], arguments[3], 0, device.length > 1 ? Long.parseLong(device[1]) : 0);
        List<Integer> cards = EngineOptions.cards(arguments[4]);
        int[] tokens =
                Arrays.stream(arguments).skip(5).mapToInt(Integer::parseInt).toArray();
        switch (arguments[0]) {
            case "gradient" -> gradient(model, options, cards, tokens);
            case "longest" -> longest(model, options.on(cards), tokens[0]);
            case "fold" -> fold(model, options.on(cards), tokens[0]);
            default ->
                throw new IllegalArgumentException(
                        "'" + arguments[0] + "' is none of gradient, longest and fold");
        }
    }

    private static void gradient(
            Path model, EngineOptions options, List<Integer> cards, int[] pipelines) {
        float[] whole;
        List<float[]> parts = new ArrayList<>();
        try (TrainingEngine engine = open(model, options.on(cards.subList(0, 1)))) {
            whole = sum(engine, List.of(sequences(engine)), 0);
            for (int tokens : pipelines) {
                parts.add(sum(engine, SequenceChunks.cut(sequences(engine), tokens), 0));
            }
        }
        try (TrainingEngine engine = open(model, options.on(cards))) {
            for (int i = 0; i < pipelines.length; i++) {
                float[] wide = sum(engine, List.of(sequences(engine)), pipelines[i]);
                ObjectNode line = figure("gradient", engine);
                line.put("pipelineTokens", pipelines[i]);
                line.put("l2AgainstOneCard", distance(wide, whole));
                line.put("l2AgainstOneCardInTheSameChunks", distance(wide, parts.get(i)));
                line.put("l2OfOneCardInChunks", distance(parts.get(i), whole));
                print(line);
            }
        }
    }

    private static TrainingEngine open(Path model, EngineOptions options) {
        TrainingEngine engine = EngineFactory.open(model, LORA, options);
        float[] adapter = engine.layout().initial(1);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < adapter.length; i++) {
            // B is zero at the start, and so would be the gradient of A
            adapter[i] += (float) (0.002 * (random.nextDouble() - 0.5));
        }
        engine.loadAdapter(0, adapter);
        return engine;
    }

    private static List<PackedSequence> sequences(TrainingEngine engine) {
        List<PackedSequence> sequences = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(11);
        int vocabulary = engine.layout().config().vocabSize();
        for (int s = 0; s < SEQUENCES; s++) {
            int[] tokens = random.ints(random.nextInt(64, 1024), 0, vocabulary).toArray();
            boolean[] trainOn = new boolean[tokens.length];
            Arrays.fill(trainOn, tokens.length / 3, tokens.length, true);
            sequences.add(new PackedSequence(s, tokens, trainOn));
        }
        return sequences;
    }

    /** Of micro-batches one after the other. */
    private static float[] sum(
            TrainingEngine engine, List<List<PackedSequence>> microBatches, int pipelineTokens) {
        engine.zeroGradientSum();
        MemoryPlan plan =
                new MemoryPlan(MemoryPlan.ALL_LAYERS, CHUNK, 0, 0, 1, pipelineTokens, List.of());
        for (List<PackedSequence> microBatch : microBatches) {
            MicroBatchResult result = engine.train(microBatch, plan, LayerListener.NONE);
            if (result instanceof Failed failed) {
                throw new IllegalArgumentException(failed.reason() + ": " + failed.note());
            }
        }
        float[] sum = new float[engine.layout().totalParameters()];
        engine.readGradientSum(0, sum);
        return sum;
    }

    /** |a − b| / |b| by L2. */
    private static double distance(float[] a, float[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < b.length; i++) {
            double d = (double) a[i] - b[i];
            difference += d * d;
            norm += (double) b[i] * b[i];
        }
        return Math.sqrt(difference / norm);
    }

    /** One step, in bf16 as gradients travel. */
    private static void fold(Path model, EngineOptions options, int pipelineTokens) {
        try (TrainingEngine engine =
                EngineFactory.prepare(model, options).open(LORA, Optional.of(StepFold.OPTIMIZER))) {
            int parameters = engine.layout().totalParameters();
            float[] initial = engine.layout().initial(1);
            engine.loadState(new AdapterState(
                    0, 0, initial.clone(), new float[parameters], new float[parameters]));
            float[] sum = sum(engine, List.of(sequences(engine)), pipelineTokens);
            byte[] expected = new byte[2 * parameters];
            StochasticBf16.ofContribution(CONTRIBUTION).encode(sum, 0, expected, 0);
            StochasticBf16.decode(expected, 0, sum);
            ShardLayout shards = new ShardLayout(parameters, SHARDS);
            TakenSum taken = engine.takeSum(CONTRIBUTION, TensorDtype.BF16, shards);
            double[] norms = new double[SHARDS];
            for (int s = 0; s < SHARDS; s++) {
                norms[s] = SquaredNorm.of(
                        Arrays.copyOfRange(sum, (int) shards.start(s), (int) shards.start(s + 1)));
            }
            Replica replica = Replica.initial(0, initial);
            replica.fold(new AdamW(StepFold.OPTIMIZER), sum, 1e-3, 1, 1e-4);
            ObjectNode line = figure("fold", engine);
            line.put("parameters", parameters);
            line.put("sumHasSameBits", Arrays.equals(expected, taken.vector().bytes()));
            line.put("normsHaveSameBits", Arrays.equals(norms, taken.squaredNorms()));
            line.put(
                    "versionHasSameBits",
                    engine.foldTaken(new FoldNumbers(1, 1e-3, 1e-4, 1)) == replica.digest());
            print(line);
        }
    }

    /** Doubles until a card refuses, then halves the way between. */
    private static void longest(Path model, EngineOptions options, int first) {
        long begun = System.nanoTime();
        try (TrainingEngine engine = open(model, options)) {
            ObjectNode loaded = figure("loaded", engine);
            loaded.put("seconds", (System.nanoTime() - begun) / 1e9);
            HostMemory.read().forEach(loaded::put);
            print(loaded);
            int fits = 0;
            int refused = Integer.MAX_VALUE;
            int tokens = first;
            while (refused - fits > Math.max(STEP, fits / EXACTNESS)) {
                if (trains(engine, tokens, tokens == first ? 2 : 1)) {
                    fits = tokens;
                } else {
                    refused = tokens;
                }
                tokens = refused == Integer.MAX_VALUE
                        ? Math.multiplyExact(2, tokens)
                        : fits + Math.max(STEP, (refused - fits) / 2 / STEP * STEP);
            }
            ObjectNode line = figure("longest", engine);
            line.put("tokens", fits);
            HostMemory.read().forEach(line::put);
            print(line);
        }
    }

    /** Only the last time is measured: the first holds what is done only once. */
    private static boolean trains(TrainingEngine engine, int tokens, int times) {
        List<PackedSequence> sequence = new Workload.Equal(1, tokens)
                .microBatch(engine.layout().config().vocabSize(), List.of());
        MemoryPlan plan =
                new MemoryPlan(MemoryPlan.ALL_LAYERS, CHUNK, CHUNK, MemoryPlan.ALL_LAYERS, 8);
        Trained measured = null;
        for (int i = 0; i < times; i++) {
            switch (engine.train(sequence, plan, LayerListener.NONE)) {
                case Trained trained -> measured = trained;
                case Failed failed -> {
                    ObjectNode line = figure("refused", engine);
                    line.put("tokens", tokens).put("note", failed.note());
                    print(line);
                    return false;
                }
            }
        }
        ObjectNode line = figure("trained", engine);
        line.put("tokens", tokens);
        long micros = measured.forwardMicros() + measured.backwardMicros();
        line.put("tokensPerSecond", tokens * 1e6 / micros);
        ArrayNode peaks = line.putArray("peakBytes");
        measured.cards().stream().map(CardMemory::peakBytes).forEach(peaks::add);
        line.put("pinnedBytes", engine.pinnedBytes());
        print(line);
        return true;
    }

    private static ObjectNode figure(String name, TrainingEngine engine) {
        ObjectNode line = Json.mapper().createObjectNode();
        line.put("figure", name).put("precision", engine.device().precision());
        ArrayNode layers = line.putArray("layers");
        ArrayNode used = line.putArray("usedBytes");
        ArrayNode free = line.putArray("freeBytes");
        for (EngineCard card : engine.cards()) {
            layers.add(card.layers());
            used.add(card.meter().read().usedBytes());
            free.add(card.meter().read().freeBytes());
        }
        return line;
    }

    private static void print(ObjectNode line) {
        try {
            System.out.println(Json.mapper().writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
