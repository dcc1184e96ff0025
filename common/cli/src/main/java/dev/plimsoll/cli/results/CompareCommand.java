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
            "Compares demo runs with the first: the samples of every step, and the adapter's L2 "
                    + "distance.",
            "",
            "Whatever was split, killed or restarted, both must agree; exit code 5 when they do "
                    + "not.",
            ""
        })
final class CompareCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The runs' base model. Default: the built-in one.")
    Path model;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description =
                    "Of the distance over the first adapter's norm. Default: ${DEFAULT-VALUE}.")
    double tolerance;

    @Parameters(
            paramLabel = "RUN",
            arity = "2..*",
            description = "Directories of runs, each with report and adapter.")
    List<Path> runs;

    @Override
    public Integer call() throws IOException {
        Path base = Installation.modelOr(model);
        LlamaConfig config = LlamaConfig.read(base);
        boolean same = true;
        for (Path run : runs.subList(1, runs.size())) {
            RunComparison found = RunComparison.of(runs.getFirst(), run, config);
            same &= found.agrees(tolerance);
            spec.commandLine().getOut().println(run + ": " + found.sentence(tolerance));
        }
        return CliFailure.audit(same);
    }
}
