package dev.plimsoll.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Compares demo runs with the first: the samples of every step, and the adapter's L2 distance.",
            "",
            "Whatever was split, killed or restarted, both must agree; exit code 5 when they do not.",
            ""
        })
final class CompareCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", description = "The runs' base model. Default: the built-in one.")
    Path model;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "Of the distance over the first adapter's norm. Default: ${DEFAULT-VALUE}.")
    double tolerance;

    @Parameters(paramLabel = "RUN", arity = "2..*", description = "Directories of runs, each with report and adapter.")
    List<Path> runs;

    @Override
    public Integer call() throws IOException {
        Path base = Installation.modelOr(model);
        LlamaConfig config = LlamaConfig.read(base);
        float[] first = PeftAdapter.read(adapter(runs.getFirst()), config).flat();
        List<List<String>> firstSteps = steps(runs.getFirst());
        boolean same = true;
        for (Path run : runs.subList(1, runs.size())) {
            double distance =
                    distance(first, PeftAdapter.read(adapter(run), config).flat(), run);
            boolean sameSteps = steps(run).equals(firstSteps);
            same &= sameSteps && distance <= tolerance;
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s: %s samples in %d steps, adapter at L2 distance %.2e (at most %.0e)",
                            run,
                            sameSteps ? "the same" : "OTHER",
                            firstSteps.size(),
                            distance,
                            tolerance));
        }
        return CliFailure.audit(same);
    }

    private static Path adapter(Path run) {
        return run.resolve("adapter");
    }

    /** ‖a − b‖ / ‖a‖. */
    private static double distance(float[] a, float[] b, Path run) {
        if (a.length != b.length) {
            throw CliFailure.input("the adapter of " + run + " has " + b.length + " parameters and the first "
                    + a.length + "; compare runs of the same LoRA settings");
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow((double) a[i] - b[i], 2);
            norm += Math.pow(a[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    private static List<List<String>> steps(Path run) throws IOException {
        Path file = run.resolve("report.json");
        if (!Files.exists(file)) {
            throw CliFailure.input(file + " does not exist; give the directory of a finished demo");
        }
        JsonNode steps = new ObjectMapper().readTree(file.toFile()).path("steps");
        return StreamSupport.stream(steps.spliterator(), false)
                .map(step -> StreamSupport.stream(step.path("members").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList())
                .toList();
    }
}
