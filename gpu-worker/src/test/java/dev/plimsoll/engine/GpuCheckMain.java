package dev.plimsoll.engine;

import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.evaluation.SequenceFile;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeScaling;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * The engine on a real GPU, without Maven or JUnit there: parity with the golden cases, bf16
 * against fp32, split invariance, failures, memory figures and the time of a layer of Llama-8B's
 * shape. Prints a table; exit code 1 when a line is out of its tolerance.
 *
 * <p>Arguments: a directory for what it writes, then the parts to run (all when none is named).
 * -Dplimsoll.golden names the golden files.
 */
public final class GpuCheckMain {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final LoraSettings LORA =
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class));

    /**
     * To try this program itself on a machine without a GPU: -Dplimsoll.device=cpu and the parts
     * golden, exports.
     */
    private static final String DEVICE = System.getProperty("plimsoll.device", "cuda");

    private final List<String> table = new ArrayList<>();
    private boolean passed = true;

    private GpuCheckMain() {}

    public static void main(String[] arguments) throws IOException {
        Path out = Files.createDirectories(Path.of(arguments[0]));
        List<String> parts = arguments.length > 1
                ? List.of(arguments).subList(1, arguments.length)
                : List.of("golden", "exports", "bf16", "failures", "speed");
        GpuCheckMain check = new GpuCheckMain();
        for (String part : parts) {
            check.step(
                    part,
                    switch (part) {
                        case "golden" -> check::golden;
                        case "exports" -> () -> check.exports(out);
                        case "bf16" -> () -> check.bf16(out);
                        case "failures" -> () -> check.failures(out);
                        case "speed" -> () -> check.speed(out);
                        case "refusals" -> () -> check.refusals(out);
                        case "quantized" -> () -> check.quantized(out);
                        default -> throw new IllegalArgumentException("there is no part " + part);
                    });
        }
        System.out.println("\n" + String.join("\n", check.table));
        System.out.println(check.passed ? "ALL WITHIN TOLERANCE" : "SOMETHING IS OUT OF TOLERANCE");
        System.exit(check.passed ? 0 : 1);
    }

    /** A part of the check. */
    private interface Part {
        void run() throws IOException;
    }

    private void step(String name, Part part) {
        long started = System.nanoTime();
        try {
            part.run();
        } catch (IOException | RuntimeException e) {
            e.printStackTrace(System.out);
            line(name + " threw " + e.getClass().getSimpleName(), 1, 0);
        }
        System.out.printf("%s took %.1f s%n", name, (System.nanoTime() - started) / 1e9);
    }

    private void line(String what, double value, double tolerance) {
        boolean ok = value <= tolerance;
        passed &= ok;
        table.add("%-72s %9.2e  (at most %.0e) %s"
                .formatted(what, value, tolerance, ok ? "ok" : "FAILED"));
        System.out.println(table.getLast());
    }

    private void note(String text) {
        table.add(text);
        System.out.println(text);
    }

    /** Every golden case on the CPU and on the GPU of this machine, in both precisions. */
    private void golden() {
        for (String device : List.of("cpu", DEVICE)) {
            for (String precision : List.of("fp32", "fp64")) {
                double logits = 0;
                double gradients = 0;
                for (GoldenCase golden : GoldenCase.all()) {
                    System.out.println(device + " " + precision + " " + golden);
                    try (TrainingEngine engine =
                            golden.open(new EngineOptions(device, precision, 8, 0))) {
                        for (int i = 0; i < golden.sequences().size(); i++) {
                            double[] ours = engine.logits(golden.sequences().get(i));
                            logits = Math.max(
                                    logits, Compare.relative(ours, golden.logits(precision, i)));
                        }
                        trained(engine, golden.sequences(), PLAN);
                        double[] sum = Compare.gradientSum(engine);
                        double[] expected = golden.flat(precision, "grad");
                        gradients = Math.max(
                                gradients, Compare.worstTensor(golden.layout(), sum, expected));
                    }
                }
                double tolerance = precision.equals("fp64") ? 1e-8 : 1e-4;
                String where = device + " " + precision + ", 7 golden cases";
                line(where + ": logits, max relative", logits, tolerance);
                line(where + ": LoRA gradients, worst tensor", gradients, tolerance);
            }
        }
    }

    /** Per golden case the adapter as PEFT loads it, and our logits, for check_export.py. */
    private void exports(Path out) throws IOException {
        for (GoldenCase golden : GoldenCase.all()) {
            Path dir = Files.createDirectories(out.resolve("export").resolve(golden.toString()));
            try (TrainingEngine engine = golden.open(new EngineOptions(DEVICE, "fp32", 8, 0))) {
                double[] adapter = Compare.toDoubles(golden.adapter().flat());
                ReferenceAdamW adamW = ReferenceAdamW.of(golden);
                for (int step = 0; step < 5; step++) {
                    engine.zeroGradientSum();
                    trained(engine, golden.sequences(), PLAN);
                    adamW.step(adapter, Compare.gradientSum(engine), golden.lossTokens());
                    engine.loadAdapter(step, adapter);
                }
                PeftAdapter.write(
                        dir.resolve("adapter"),
                        golden.layout(),
                        golden.adapter().lora(),
                        golden.dir().toString(),
                        Compare.toFloats(adapter));
                writeLogits(engine, golden, dir.resolve("logits.safetensors"));
            }
        }
        note("adapters and logits of 7 cases written for check_export.py");
    }

    private static void writeLogits(TrainingEngine engine, GoldenCase golden, Path file)
            throws IOException {
        List<TensorData> tensors = new ArrayList<>();
        for (int i = 0; i < golden.sequences().size(); i++) {
            int[] tokens = golden.sequences().get(i).tokens();
            float[] logits = Compare.toFloats(engine.logits(golden.sequences().get(i)));
            tensors.add(TensorData.ints("tokens." + i, tokens));
            long[] shape = {tokens.length, logits.length / tokens.length};
            tensors.add(TensorData.floats("logits." + i, shape, logits, 0));
        }
        SafetensorsWriter.write(file, tensors);
    }

    private static Path bf16Model(Path out) {
        Path model = out.resolve("bf16-model");
        if (!Files.exists(model)) {
            RopeSettings rope = new RopeSettings(500_000, new RopeScaling.Llama3(8, 1, 4, 256));
            LlamaConfig shape = new LlamaConfig(
                    512, 1408, 4, 8, 2, 64, 512, 1e-5, rope, false, 4096, "bfloat16");
            RandomModel.create(model, shape, 7, Dtype.BF16, List.of());
        }
        return model;
    }

    /** bf16 on the GPU against fp32 on the CPU, and against itself under other splits and plans. */
    private void bf16(Path out) {
        Path model = bf16Model(out);
        LlamaConfig shape = LlamaConfig.read(model);
        List<PackedSequence> sequences = Sequences.random(11, 12, 40, 300, 512);
        AdapterLayout layout = new AdapterLayout(shape, LORA);
        float[] adapter = Sequences.adapter(layout, 3);
        double[] reference = gradients(
                model, new EngineOptions("cpu", "fp32", 16, 0), adapter, List.of(sequences), PLAN);
        EngineOptions cuda = new EngineOptions(DEVICE, "bf16", 8, 0);
        double[] whole = gradients(model, cuda, adapter, List.of(sequences), PLAN);
        line("bf16 cuda vs fp32 cpu: gradient, L2", Compare.l2(whole, reference), 1e-2);
        line(
                "bf16 cuda vs fp32 cpu: gradient, 1 - cosine",
                1 - Compare.cosine(whole, reference),
                1e-3);
        for (AdapterLayout.Slot slot : layout.slots().subList(0, 14)) {
            double[] ours =
                    java.util.Arrays.copyOfRange(whole, slot.offset(), slot.offset() + slot.size());
            double[] theirs = java.util.Arrays.copyOfRange(
                    reference, slot.offset(), slot.offset() + slot.size());
            System.out.printf(
                    "  layer 0 %-9s %s L2 %.2e%n",
                    slot.projection().moduleName(),
                    slot.isA() ? "A" : "B",
                    Compare.l2(ours, theirs));
        }
        List<List<PackedSequence>> singles = sequences.stream().map(List::of).toList();
        split(model, cuda, adapter, whole, "one sequence at a time", singles, PLAN);
        split(
                model,
                cuda,
                adapter,
                whole,
                "5 + 7",
                List.of(sequences.subList(0, 5), sequences.subList(5, 12)),
                PLAN);
        MemoryPlan full = new MemoryPlan(4, 100, 256);
        split(model, cuda, adapter, whole, "full recompute, tiles", List.of(sequences), full);
        MemoryPlan fullest = new MemoryPlan(4, 100, 256, 4, 2);
        split(model, cuda, adapter, whole, "offload, groups, tiles", List.of(sequences), fullest);
        for (int offloaded : new int[] {0, 1, 4}) {
            MemoryPlan keeps = new MemoryPlan(4, 100, 256, offloaded, 1).withKeepAttention(true);
            String name = "attention kept, " + offloaded + " offloaded";
            split(model, cuda, adapter, whole, name, List.of(sequences), keeps);
        }
        List<PackedSequence> equal = Sequences.random(12, 4, 512, 513, 512);
        gradients(model, cuda, adapter, List.of(equal), PLAN);
        double[] exact = gradients(
                model, new EngineOptions("cpu", "fp32", 16, 0), adapter, List.of(equal), PLAN);
        double[] packed = gradients(model, cuda, adapter, List.of(equal), PLAN);
        line("bf16 cuda vs fp32 cpu, equal lengths: L2", Compare.l2(packed, exact), 1e-2);
        dense(model, cuda, adapter, equal, exact);
        System.setProperty("plimsoll.composed", "true");
        double[] composed = gradients(model, cuda, adapter, List.of(sequences), PLAN);
        System.clearProperty("plimsoll.composed");
        line("bf16 cuda, composed kernels vs fp32 cpu: L2", Compare.l2(composed, reference), 1e-2);
        double[] fp32 = gradients(
                model, new EngineOptions(DEVICE, "fp32", 8, 0), adapter, List.of(sequences), full);
        line(
                "fp32 cuda vs fp32 cpu: gradient, worst tensor",
                Compare.worstTensor(layout, fp32, reference),
                1e-4);
    }

    private void split(
            Path model,
            EngineOptions options,
            float[] adapter,
            double[] whole,
            String name,
            List<List<PackedSequence>> microBatches,
            MemoryPlan plan) {
        double[] other = gradients(model, options, adapter, microBatches, plan);
        line("bf16 cuda, " + name + " vs one micro-batch: L2", Compare.l2(other, whole), 1e-2);
        line("bf16 cuda, " + name + ": 1 - cosine", 1 - Compare.cosine(other, whole), 1e-3);
    }

    private static double[] gradients(
            Path model,
            EngineOptions options,
            float[] adapter,
            List<List<PackedSequence>> microBatches,
            MemoryPlan plan) {
        try (TrainingEngine engine = EngineFactory.open(model, LORA, options)) {
            engine.loadAdapter(1, adapter);
            microBatches.forEach(m -> trained(engine, m, plan));
            return Compare.gradientSum(engine);
        }
    }

    /** Handles and bytes are flat, also after a real out-of-memory and after NaN. */
    /** By cuDNN, whatever it costs; a device that does not choose it fails the check. */
    private void dense(
            Path model,
            EngineOptions cuda,
            float[] adapter,
            List<PackedSequence> equal,
            double[] exact) {
        AttentionChoice choice = AttentionChoice.choose(0, Precision.BF16, 64, false);
        choice.script().close();
        line(
                "bf16 cuda, attention is " + choice.source() + ", not cuDNN's",
                choice.source() == AttentionSource.CUDA_DENSE ? 0 : 1,
                0);
        System.setProperty("plimsoll.dense", "true");
        double[] dense = gradients(model, cuda, adapter, List.of(equal), PLAN);
        System.clearProperty("plimsoll.dense");
        line("bf16 cuda, the dense kernel: L2", Compare.l2(dense, exact), 1e-2);
    }

    private void failures(Path out) {
        EngineOptions cuda = new EngineOptions(DEVICE, "bf16", 8, 0);
        try (TrainingEngine engine = EngineFactory.open(bf16Model(out), LORA, cuda)) {
            float[] adapter = Sequences.adapter(engine.layout(), 3);
            engine.loadAdapter(1, adapter);
            List<PackedSequence> sequences = Sequences.random(11, 12, 40, 300, 512);
            trained(engine, sequences, PLAN);
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            for (int i = 0; i < 100; i++) {
                trained(engine, sequences, PLAN);
            }
            line(
                    "100 micro-batches: live handles beyond " + handles,
                    engine.liveHandles() - handles,
                    0);
            line(
                    "100 micro-batches: bytes beyond " + used,
                    engine.meter().read().usedBytes() - used,
                    0);
            double[] before = Compare.gradientSum(engine);
            List<PackedSequence> huge = Sequences.random(5, 6000, 2048, 2049, 512);
            MicroBatchResult refused =
                    engine.train(huge, new MemoryPlan(0, 20_000_000, 0), LayerListener.NONE);
            note("out of memory on purpose: " + refused);
            boolean memory =
                    refused instanceof Failed f && f.reason() == FailureReason.OUT_OF_MEMORY;
            line("a refused allocation is reported as OUT_OF_MEMORY (0: yes)", memory ? 0 : 1, 0);
            line("handles after it", engine.liveHandles() - handles, 0);
            line("used bytes after it", (double) (engine.meter().read().usedBytes() - used), 0);
            line(
                    "gigabytes still reserved after it",
                    engine.meter().read().reservedBytes() / 1e9,
                    1);
            float[] broken = adapter.clone();
            broken[17] = Float.NaN;
            engine.loadAdapter(2, broken);
            MicroBatchResult nan = engine.train(sequences, PLAN, LayerListener.NONE);
            note("NaN on purpose: " + nan);
            line("NaN is reported (0: yes)", nan instanceof Failed ? 0 : 1, 0);
            line(
                    "the gradient sum is untouched by both",
                    Compare.relative(Compare.gradientSum(engine), before),
                    0);
            engine.loadAdapter(3, adapter);
            trained(engine, sequences, PLAN);
            note("memory: " + engine.meter().read());
        }
    }

    /**
     * A hundred micro-batches in a row that run out of memory at different points; beside
     * ballast.py that leaves 3.5 GB.
     */
    private void refusals(Path out) {
        Path model = bf16Model(out);
        List<PackedSequence> sequences = Sequences.random(11, 12, 40, 300, 512);
        try (TrainingEngine engine =
                EngineFactory.open(model, LORA, new EngineOptions(DEVICE, "bf16", 8, 0))) {
            engine.loadAdapter(1, Sequences.adapter(engine.layout(), 3));
            trained(engine, sequences, PLAN);
            engine.zeroGradientSum();
            trained(engine, sequences, PLAN);
            double[] before = Compare.gradientSum(engine);
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            int refused = 0;
            java.util.SplittableRandom random = new java.util.SplittableRandom(8);
            for (int i = 0; i < 100; i++) {
                List<PackedSequence> huge =
                        Sequences.random(i, random.nextInt(600, 3000), 512, 513, 512);
                int offload = random.nextInt(5);
                MemoryPlan plan = new MemoryPlan(
                                random.nextInt(5),
                                1 << random.nextInt(10, 26),
                                0,
                                offload,
                                1 + random.nextInt(2))
                        .withKeepAttention(i % 2 == 0);
                refused += engine.train(huge, plan, LayerListener.NONE) instanceof Failed f
                                && f.reason() == FailureReason.OUT_OF_MEMORY
                        ? 1
                        : 0;
            }
            note("out of memory " + refused + " times of 100");
            line("out of memory: those that were not", 100 - refused, 0);
            line("handles after them", engine.liveHandles() - handles, 0);
            line("used bytes after them", (double) (engine.meter().read().usedBytes() - used), 0);
            engine.zeroGradientSum();
            trained(engine, sequences, PLAN);
            line(
                    "gradient after them, max difference",
                    Compare.relative(Compare.gradientSum(engine), before),
                    1e-6);
        }
    }

    /**
     * The error of nf4 and fp8 against bf16 on a model that has learned (-Dplimsoll.learned) and a
     * text (-Dplimsoll.sequences): of the loss before, of the gradient, and of the loss after 50
     * steps.
     */
    private void quantized(Path out) throws IOException {
        Path model = Path.of(System.getProperty("plimsoll.learned"));
        List<PackedSequence> text =
                SequenceFile.read(Path.of(System.getProperty("plimsoll.sequences")));
        double[] reference = null;
        double expected = 0;
        for (String precision : List.of("bf16", "fp8", "nf4")) {
            try (TrainingEngine engine =
                    EngineFactory.open(model, LORA, new EngineOptions(DEVICE, precision, 8, 0))) {
                double[] adapter = Compare.toDoubles(engine.layout().initial(1));
                ReferenceAdamW adamW = ReferenceAdamW.usual(adapter.length, 2e-3);
                engine.loadAdapter(0, adapter);
                double first = loss(engine, text.subList(0, 256));
                engine.zeroGradientSum();
                trained(engine, text.subList(0, 64), PLAN);
                double[] gradient = Compare.gradientSum(engine);
                reference = reference == null ? gradient : reference;
                for (int step = 0; step < 50; step++) {
                    List<PackedSequence> batch =
                            text.subList(256 + 32 * step, 256 + 32 * (step + 1));
                    engine.zeroGradientSum();
                    trained(engine, batch, PLAN);
                    int tokens =
                            batch.stream().mapToInt(PackedSequence::lossTokens).sum();
                    adamW.step(adapter, Compare.gradientSum(engine), tokens);
                    engine.loadAdapter(step + 1L, adapter);
                }
                double last = loss(engine, text.subList(0, 256));
                expected = precision.equals("bf16") ? last : expected;
                note("%s: loss %.5f, after 50 steps %.5f, gradient against bf16 by L2 %.2e"
                        .formatted(precision, first, last, Compare.l2(gradient, reference)));
                line(
                        precision + ": loss after 50 steps against bf16",
                        Math.abs(last / expected - 1),
                        1e-2);
            }
        }
    }

    private static double loss(TrainingEngine engine, List<PackedSequence> sequences) {
        double nats = 0;
        int tokens = 0;
        for (int i = 0; i < sequences.size(); i += 32) {
            MicroBatchResult.Evaluated result = (MicroBatchResult.Evaluated)
                    engine.evaluate(sequences.subList(i, i + 32), PLAN, LayerListener.NONE);
            nats += result.lossNats();
            tokens += result.lossTokens();
        }
        return nats / tokens;
    }

    /** Layers of Llama-8B's shape, 8,192 tokens. */
    private void speed(Path out) {
        LlamaConfig s = RandomModel.shape("8b");
        int layers = 3;
        LlamaConfig shape = new LlamaConfig(
                s.hiddenSize(),
                s.intermediateSize(),
                layers,
                s.attentionHeads(),
                s.keyValueHeads(),
                s.headDim(),
                32_000,
                s.rmsNormEps(),
                s.rope(),
                true,
                s.maxPositionEmbeddings(),
                "bfloat16");
        Path model = out.resolve("8b-layers");
        RandomModel.create(model, shape, 7, Dtype.BF16, List.of());
        try (TrainingEngine engine =
                EngineFactory.open(model, LORA, new EngineOptions(DEVICE, "bf16", 8, 0))) {
            engine.loadAdapter(1, Sequences.adapter(engine.layout(), 3));
            note("device: " + engine.device() + ", after loading: "
                    + engine.meter().read());
            time(engine, layers, "4 x 2048", Sequences.lastTokenOnly(4, 2048, 32_000), PLAN);
            time(
                    engine,
                    layers,
                    "4 x 2048 recomputed",
                    Sequences.lastTokenOnly(4, 2048, 32_000),
                    new MemoryPlan(3, 1024, 0));
            time(
                    engine,
                    layers,
                    "4 x 2048 tiles of 1024",
                    Sequences.lastTokenOnly(4, 2048, 32_000),
                    new MemoryPlan(3, 1024, 1024));
            time(engine, layers, "1 x 8192", Sequences.lastTokenOnly(1, 8192, 32_000), PLAN);
            time(engine, layers, "1 x 512", Sequences.lastTokenOnly(1, 512, 32_000), PLAN);
            time(
                    engine,
                    layers,
                    "4 x 2048, all tokens trained",
                    Sequences.random(1, 4, 2048, 2049, 32_000),
                    PLAN);
        }
    }

    private void time(
            TrainingEngine engine,
            int layers,
            String name,
            List<PackedSequence> sequences,
            MemoryPlan plan) {
        Trained best = null;
        for (int i = 0; i < 8; i++) {
            Trained t = trained(engine, sequences, plan);
            long micros = t.forwardMicros() + t.backwardMicros();
            if (best == null || micros < best.forwardMicros() + best.backwardMicros()) {
                best = t;
            }
        }
        note("8B-shape layer, %s: forward %.2f + backward %.2f ms a layer, peak %.2f GB"
                .formatted(
                        name,
                        best.forwardMicros() / 1e3 / layers,
                        best.backwardMicros() / 1e3 / layers,
                        best.peakBytes() / 1e9));
    }

    private static Trained trained(
            TrainingEngine engine, List<PackedSequence> sequences, MemoryPlan plan) {
        MicroBatchResult result = engine.train(sequences, plan, LayerListener.NONE);
        if (result instanceof Trained trained) {
            return trained;
        }
        throw new IllegalStateException("not trained: " + result);
    }
}
