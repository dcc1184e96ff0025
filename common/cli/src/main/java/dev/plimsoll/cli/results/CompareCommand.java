package dev.plimsoll.cli.results;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.model.hf.LlamaConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Compares demo runs with the first one: the samples of every "
                    + "step, and the L2 distance of the adapters.",
            "",
            "However micro-batches were split, and whatever was killed or "
                    + "restarted, both must agree. The exit code says when they do not.",
            ""
        })
final class CompareCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model of the runs. The default is the built-in model.")
    Path model;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "The adapters agree if their distance, divided by the norm of the "
                    + "first, is at most this. Default: ${DEFAULT-VALUE}.")
    double tolerance;

    @Option(
            names = "--json",
            description = "Each comparison is a JSON object on a line of its own.")
    boolean json;

    @Parameters(
            paramLabel = "RUN",
            arity = "2..*",
            description = "The directories of the runs, each with its report and its " + "adapter.")
    List<Path> runs;

    @Override
    public Integer call() throws IOException {
        Path base = Installation.modelOr(model);
        LlamaConfig config = LlamaConfig.read(base);
        boolean same = true;
        for (Path run : runs.subList(1, runs.size())) {
            RunComparison found = RunComparison.of(runs.getFirst(), run, config);
            same &= found.agrees(tolerance);
            spec.commandLine()
                    .getOut()
                    .println(
                            json
                                    ? found.json(run, tolerance)
                                    : run + ": " + found.sentence(tolerance));
        }
        return CliFailure.audit(same);
    }
}
