package dev.plimsoll.cli.bench;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.WeightSizes;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

@Command(
        name = "fleet",
        mixinStandardHelpOptions = true,
        description = {
            "Measures the whole product against the same engine in a loop without it, and shows "
                    + "what a step waits for.",
            "",
            "For each number of workers and each size of a step it starts a broker, a coordinator "
                    + "and the workers, each a process of its own, and trains synthetic texts. "
                    + "Then as many engines train the same micro-batches at the same time, "
                    + "without Kafka, and each folds the sum of a step into its own adapter. "
                    + "The product's speed is the tokens "
                    + "of the measured steps over the time from the commit before the first of "
                    + "them to the commit of the last, by the times of the journal's records. "
                    + "The time line of a step is the median of the measured ones; steps may "
                    + "overlap. The bytes of a step are what Linux counts for the worker's and the "
                    + "broker's processes between two commits.",
            "",
            "On GPUs each worker, and each engine, takes a GPU of its own: those that "
                    + "CUDA_VISIBLE_DEVICES names, else those that nvidia-smi lists. On a CPU the "
                    + "workers share the cores.",
            ""
        })
final class FleetBenchCommand implements Callable<Integer> {

    private static final int MOST_WORKERS = 63;
    private static final int FEWEST_SAMPLE_TOKENS = 16;
    private static final double GIB = 1L << 30;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--workers",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2",
            description = "These numbers of workers are measured, each 1 to 63. Default: "
                    + "${DEFAULT-VALUE}.")
    List<Integer> workers;

    @Option(
            names = "--tokens-per-step",
            paramLabel = "N",
            split = ",",
            defaultValue = "2048,8192",
            description = "Steps of these sizes are measured; the sample that fills a step closes "
                    + "it. Default: ${DEFAULT-VALUE}.")
    List<Integer> tokensPerStep;

    @Option(
            names = "--sample-tokens",
            paramLabel = "N",
            defaultValue = "512",
            description = "Each sample has so many tokens, or a few fewer. Default: "
                    + "${DEFAULT-VALUE}.")
    int sampleTokens;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "12",
            description = "So many steps are measured; one more follows, which is not. Default: "
                    + "${DEFAULT-VALUE}.")
    int steps;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "4",
            description = "So many steps before them are not measured, at least 1. Default: "
                    + "${DEFAULT-VALUE}.")
    int warmUp;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The model directory. The default is the built-in model, or with "
                    + "--shape a directory below --dir.")
    Path model;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "If the model directory does not exist, it is made with random weights "
                    + "of this shape and the built-in tokenizer, as `model create` does.")
    String shape;

    @Mixin
    SettingOptions settings = new SettingOptions(List.of(
            WorkerCatalogue.DEVICE,
            WorkerCatalogue.PRECISION,
            RunCatalogue.LORA_RANK,
            FleetCatalogue.SHARDS,
            ClientCatalogue.CONFIG));

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Each worker and each engine computes with so many threads on a CPU; "
                    + "with 0 they share the cores. Default: ${DEFAULT-VALUE}.")
    int threads;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "The report is written to this file too. An earlier report is replaced, "
                    + "any other file is left as it is.")
    Path json;

    @Option(
            names = "--picture",
            paramLabel = "FILE",
            description = "The time lines are drawn into this SVG file. An earlier picture is "
                    + "replaced, any other file is left as it is.")
    Path picture;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description = "The runs get a new directory below this one, which is removed at the "
                    + "end; after a failure its logs stay. Default: ${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireSensible();
        SettingValues values = settings.values();
        List<String> gpus = gpus(values.get(WorkerCatalogue.DEVICE));
        Path target = model != null || shape == null
                ? model
                : directory.resolve("models").resolve(shape);
        if (shape != null && !Files.exists(target)) {
            int code = createModel(target);
            if (code != ExitCode.DONE.number()) {
                return code;
            }
        }
        Path measured = Installation.modelOr(target);
        int rank = values.get(RunCatalogue.LORA_RANK);
        int shards = values.given(FleetCatalogue.SHARDS).orElse(0);
        FleetOptions options = new FleetOptions(
                measured,
                values.get(WorkerCatalogue.DEVICE),
                values.get(WorkerCatalogue.PRECISION),
                threads,
                rank,
                shards > 0 ? shards : ShardLayout.shardsFor(parameters(measured, rank)),
                sampleTokens,
                steps,
                warmUp,
                gpus);
        requireRoom(options);
        measure(options);
        return ExitCode.DONE.number();
    }

    private void measure(FleetOptions options) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<FleetSize> sizes = workers.stream()
                .flatMap(
                        count -> tokensPerStep.stream().map(tokens -> new FleetSize(count, tokens)))
                .toList();
        List<FleetCase> cases =
                new FleetBench(options, directory, out).run(sizes, done -> write(options, done));
        out.println();
        out.println("on " + cases.getFirst().device() + ", " + options.model().getFileName()
                + ", rank " + options.loraRank() + ", " + options.shards() + " shards, "
                + options.steps() + " steps after " + options.warmUp());
        FleetTable.rates(cases).forEach(out::println);
        out.println();
        FleetTable.timeLines(cases).forEach(out::println);
        out.flush();
    }

    private void write(FleetOptions options, List<FleetCase> done) {
        if (json != null) {
            FleetReport.file(json)
                    .write(new FleetReport(
                            options.model().getFileName().toString(),
                            options.loraRank(),
                            options.shards(),
                            options.sampleTokens(),
                            options.steps(),
                            options.warmUp(),
                            done));
        }
        if (picture != null) {
            FleetPicture.write(picture, done);
        }
    }

    private void requireSensible() {
        for (int count : workers) {
            if (count < 1 || count > MOST_WORKERS) {
                throw CliFailure.usage("--workers has " + count + "; give numbers from 1 to 63");
            }
        }
        if (sampleTokens < FEWEST_SAMPLE_TOKENS) {
            throw CliFailure.usage("--sample-tokens is " + sampleTokens + "; give at least "
                    + FEWEST_SAMPLE_TOKENS);
        }
        for (int tokens : tokensPerStep) {
            if (tokens < sampleTokens) {
                throw CliFailure.usage("--tokens-per-step has " + tokens + ", fewer than the "
                        + sampleTokens + " of a sample; lower --sample-tokens");
            }
        }
        if (threads < 0) {
            throw CliFailure.usage("--threads is " + threads + "; give at least 0");
        }
        if (steps < 1 || warmUp < 1) {
            throw CliFailure.usage("--steps is " + steps + " and --warm-up is " + warmUp
                    + "; give at least 1 of each");
        }
        if (json != null) {
            FleetReport.file(json).requireReplaceable();
        }
        if (picture != null) {
            FleetPicture.requireReplaceable(picture);
        }
    }

    private List<String> gpus(String device) {
        List<String> gpus = device.equals("cpu") ? List.of() : VisibleGpus.find(System.getenv());
        int most = workers.stream().mapToInt(Integer::intValue).max().orElseThrow();
        if (!gpus.isEmpty() && most > gpus.size()) {
            throw CliFailure.usage("--workers has " + most + ", but there are only " + gpus.size()
                    + " GPUs to be seen; give fewer, or --device cpu");
        }
        if (gpus.isEmpty() && device.equals("cuda")) {
            throw CliFailure.input("--device is cuda, but neither CUDA_VISIBLE_DEVICES nor "
                    + "nvidia-smi names a GPU; give --device cpu");
        }
        return gpus;
    }

    private int createModel(Path target) throws IOException {
        LlamaConfig config = RandomModel.shape(shape);
        // the largest of the types that a shape's weights have
        requireUsable(target, Float.BYTES * new WeightSizes(config).parameters(), "the model");
        Files.createDirectories(target.toAbsolutePath().getParent());
        return Plimsoll.commandLine()
                .setOut(spec.commandLine().getOut())
                .setErr(spec.commandLine().getErr())
                .execute("model", "create", target.toString(), "--shape", shape);
    }

    /** Throws when samples do not fit the model, or the topics of a run may not fit the disk. */
    private void requireRoom(FleetOptions options) throws IOException {
        LlamaConfig config = LlamaConfig.read(options.model());
        if (sampleTokens > config.maxPositionEmbeddings()) {
            throw CliFailure.input("--sample-tokens is " + sampleTokens + ", and the model takes "
                    + config.maxPositionEmbeddings() + " at most; give fewer");
        }
        long parameters = parameters(options.model(), options.loraRank());
        int most = workers.stream().mapToInt(Integer::intValue).max().orElseThrow();
        requireUsable(
                directory, topicBytes(parameters, most, options.allSteps()), "the topics of a run");
    }

    /** Of an adapter on all projections. */
    private static long parameters(Path model, int rank) throws IOException {
        LoraSettings lora =
                new LoraSettings(rank, 2.0 * rank, false, EnumSet.allOf(Projection.class));
        return new AdapterLayout(LlamaConfig.read(model), lora).totalParameters();
    }

    private static void requireUsable(Path path, long neededBytes, String what) throws IOException {
        Path place = path.toAbsolutePath();
        while (!Files.exists(place)) {
            place = place.getParent();
        }
        long usable = Files.getFileStore(place).getUsableSpace();
        if (usable < neededBytes) {
            throw CliFailure.input(String.format(
                    Locale.ROOT,
                    "the disk of %s has %.1f GiB left, and %s may take %.1f; give a --dir on "
                            + "another disk, or fewer --steps",
                    path,
                    usable / GIB,
                    what,
                    neededBytes / GIB));
        }
    }

    /**
     * The most that a run may leave on the disk before anything is deleted or compacted, in fp32:
     * in each step every worker's contribution and their sum; adapter and moments as often as they
     * are written, which is every few steps, for each worker that joins, at the start and the end.
     */
    static long topicBytes(long parameters, int workers, int steps) {
        long states = steps / RunCatalogue.STATE_EVERY.defaultValue().orElseThrow() + workers + 2L;
        return parameters * Float.BYTES * ((workers + 1L) * steps + 3 * states);
    }
}
