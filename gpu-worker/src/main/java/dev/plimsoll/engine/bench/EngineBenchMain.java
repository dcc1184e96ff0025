package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.evaluation.SequenceFile;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.LoraSettings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Speed and memory of the engine: forward and backward of micro-batches, LoRA on all seven
 * projections or those of {@code --targets}; the median of the repeats after some unmeasured ones.
 * {@code ./plimsoll bench engine} starts it; it needs no more than the worker's class path. Exit
 * code 1 when a case broke the engine, 2 for wrong arguments, 4 for input that cannot be used; a
 * case that runs out of memory is a result.
 */
public final class EngineBenchMain {

    private EngineBenchMain() {}

    public static void main(String[] arguments) {
        BenchOptions options = null;
        try {
            options = BenchOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + BenchOptions.USAGE);
            System.exit(ExitCode.USAGE.number());
        }
        int code;
        try {
            code = bench(options);
        } catch (ModelException
                | ForeignFileException
                | IllegalArgumentException
                | UncheckedIOException e) {
            System.err.println(e.getMessage());
            code = ExitCode.INPUT.number();
        }
        System.exit(code);
    }

    private static int bench(BenchOptions options) {
        List<PackedSequence> data =
                options.data() == null ? List.of() : SequenceFile.read(options.data());
        if (options.json() != null) {
            BenchReport.file(options.json()).requireReplaceable();
        }
        makeUnlessThere(options.model(), options.shape());
        LoraSettings lora = new LoraSettings(
                options.loraRank(), 2.0 * options.loraRank(), false, options.targets());
        long start = System.nanoTime();
        try (TrainingEngine engine = EngineFactory.open(options.model(), lora, options.engine())) {
            engine.loadAdapter(0, engine.layout().initial(1));
            MemoryReading loaded = engine.meter().read();
            long loadedBytes = loaded.usedBytes();
            System.out.printf(
                    Locale.ROOT,
                    "loaded on %s in %.1f s, %.2f GiB used, %.2f at most meanwhile, %s%n%s%n",
                    engine.device().name(),
                    (System.nanoTime() - start) / 1e9,
                    loadedBytes / (double) (1L << 30),
                    loaded.peakBytes() / (double) (1L << 30),
                    engine.device().precision(),
                    BenchReport.HEADER);
            return measureAll(engine, options, data, loadedBytes);
        }
    }

    /**
     * A case that throws is a bug of the engine; the others are measured all the same, since
     * machines are dear.
     */
    private static int measureAll(
            TrainingEngine engine,
            BenchOptions options,
            List<PackedSequence> data,
            long loadedBytes) {
        LlamaConfig model = engine.layout().config();
        List<CaseResult> results = new ArrayList<>();
        // a file that cannot be written is told before anything is measured
        write(engine, options, loadedBytes, results);
        ExitCode code = ExitCode.DONE;
        for (BenchCase next : options.cases()) {
            CaseResult result;
            try {
                List<PackedSequence> microBatch =
                        next.workload().microBatch(model.vocabSize(), data);
                result = measure(engine, next, microBatch, options);
            } catch (RuntimeException e) {
                e.printStackTrace();
                result = CaseResult.failed(next, e.toString());
                code = ExitCode.INTERNAL;
            }
            System.out.println(BenchReport.line(result));
            result.cards().forEach(card -> System.out.println(BenchReport.line(card)));
            results.add(result);
            write(engine, options, loadedBytes, results);
        }
        return code.number();
    }

    private static void write(
            TrainingEngine engine,
            BenchOptions options,
            long loadedBytes,
            List<CaseResult> results) {
        if (options.json() != null) {
            LlamaConfig model = engine.layout().config();
            BenchReport.file(options.json())
                    .write(new BenchReport(
                            engine.device(),
                            model,
                            options.loraRank(),
                            options.targets(),
                            options.repeats(),
                            loadedBytes,
                            results));
        }
    }

    private static CaseResult measure(
            TrainingEngine engine,
            BenchCase measured,
            List<PackedSequence> microBatch,
            BenchOptions options) {
        List<Trained> repeats = new ArrayList<>();
        long begun = System.nanoTime();
        int warmUp = 0;
        while (repeats.size() < options.repeats()) {
            boolean warm = warmUp >= options.warmUp()
                    && (!repeats.isEmpty()
                            || System.nanoTime() - begun
                                    >= options.warmUpSeconds() * 1_000_000_000L);
            switch (engine.train(microBatch, measured.plan(), LayerListener.NONE)) {
                case Trained trained when warm -> repeats.add(trained);
                case Trained trained -> warmUp++;
                case Failed failed -> {
                    return CaseResult.failed(measured, failed.reason() + ": " + failed.note());
                }
            }
        }
        double flops = ModelFlops.forwardAndBackward(engine.layout().config(), microBatch);
        return CaseResult.of(measured, repeats, flops, engine.meter().read())
                .with(CardResult.of(engine, repeats));
    }

    static void makeUnlessThere(Path model, String shape) {
        if (Files.exists(model)) {
            return;
        }
        long start = System.nanoTime();
        LlamaConfig config = RandomModel.shape(shape);
        try {
            Files.createDirectories(model.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("no directory can be made for " + model, e);
        }
        RandomModel.create(model, config, 7, Dtype.BF16, List.of());
        System.out.printf(
                Locale.ROOT, "made %s in %.0f s%n", model, (System.nanoTime() - start) / 1e9);
    }
}
