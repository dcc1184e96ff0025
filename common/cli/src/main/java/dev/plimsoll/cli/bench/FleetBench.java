package dev.plimsoll.cli.bench;

import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.processes.RunDirectory;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Measures the cases one after the other; of each first the product, then the engine alone. */
final class FleetBench {

    private final FleetOptions options;
    private final Path parent;
    private final PrintWriter out;

    /** @param parent the directory below which the runs get one of their own, while they last */
    FleetBench(FleetOptions options, Path parent, PrintWriter out) {
        this.options = options;
        this.parent = parent;
        this.out = out;
    }

    /**
     * Returns all cases.
     *
     * @param afterEach is given what is measured so far, because machines are dear
     */
    List<FleetCase> run(List<FleetSize> sizes, Consumer<List<FleetCase>> afterEach)
            throws IOException, InterruptedException {
        SyntheticSamples samples;
        try (SampleTokenizer tokenizer = SampleTokenizer.open(options.model())) {
            samples = SyntheticSamples.of(tokenizer, options.sampleTokens());
        }
        RunDirectory directory = RunDirectory.create(parent);
        List<FleetCase> cases = new ArrayList<>();
        for (FleetSize size : sizes) {
            out.println(size.text() + ": the product, then the engine alone …");
            out.flush();
            RunDirectory own = new RunDirectory(directory
                    .root()
                    .resolve("workers-" + size.workers() + "-tokens-" + size.tokensPerStep()));
            Files.createDirectories(own.logs());
            cases.add(measure(size, own, samples));
            afterEach.accept(cases);
        }
        // after a failure the logs stay, because they may explain it
        delete(directory.root());
        return cases;
    }

    private FleetCase measure(FleetSize size, RunDirectory directory, SyntheticSamples samples)
            throws IOException, InterruptedException {
        ProductRun.Outcome product = new ProductRun(options, size, directory).run(samples);
        List<StepTrace> steps = product.steps();
        List<StepTrace> warmUp = steps.subList(0, options.warmUp());
        List<StepTrace> measured =
                steps.subList(options.warmUp(), options.warmUp() + options.steps());
        List<Double> engines = new EngineLoops(options, size, directory)
                .run(warmUp, measured, product.sequences());
        return FleetCase.of(
                size,
                product.device().name() + ", " + product.device().precision(),
                steps.subList(options.warmUp() - 1, options.warmUp() + options.steps()),
                product.microsOfAttempt(),
                product.bytes(),
                engines);
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
