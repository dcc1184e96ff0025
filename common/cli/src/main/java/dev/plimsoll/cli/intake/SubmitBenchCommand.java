package dev.plimsoll.cli.intake;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.processes.RunDirectory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code bench submit}: samples from a file to tokens, by the real commands. */
@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = {
            "Submits files of samples with `plimsoll submit` to a broker and a coordinator of its "
                    + "own, and says how fast, with how much memory, and whether each sample "
                    + "is there once.",
            "",
            "First each file is submitted undisturbed. Then, for the largest, submit is killed "
                    + "(-9) when half of the samples are in the topic, and repeated; and the "
                    + "coordinator is killed when half of them are tokenized, and started again. "
                    + "Speeds go from the first record of a topic to the last, by the records' "
                    + "times. The processor time is all that a process took, submit's from its "
                    + "start, the coordinator's from READY on. No worker runs, so that the "
                    + "samples wait.",
            "",
            "The exit code is 5 if the audit is not clean or a sample is not there exactly once.",
            ""
        })
public final class SubmitBenchCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--samples",
            paramLabel = "N",
            split = ",",
            defaultValue = "10000,100000",
            description = "Files of so many samples are submitted. Default: ${DEFAULT-VALUE}.")
    List<Integer> samples;

    @Option(
            names = "--kill",
            paramLabel = "PROCESS",
            split = ",",
            defaultValue = "submit,coordinator",
            description = "These are killed half-way: submit, coordinator, or none. Default: "
                    + "${DEFAULT-VALUE}.")
    List<SubmitCase.Kill> kills;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The samples follow from this number. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The tokenizer is this model's. The default is the built-in model.")
    Path model;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description = "Each case gets a new directory below this one; its logs stay. Default: "
                    + "${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (samples.stream().anyMatch(count -> count < 2)) {
            throw CliFailure.usage("--samples is " + samples + "; give numbers of at least 2");
        }
        PrintWriter out = spec.commandLine().getOut();
        int most = samples.stream().mapToInt(Integer::intValue).max().orElseThrow();
        List<SubmitCase> cases = new ArrayList<>();
        samples.forEach(count -> cases.add(new SubmitCase(count, SubmitCase.Kill.NONE)));
        kills.stream()
                .filter(kill -> kill != SubmitCase.Kill.NONE)
                .forEach(kill -> cases.add(new SubmitCase(most, kill)));
        boolean clean = true;
        List<String> table = new ArrayList<>(List.of(SubmitCase.Outcome.HEADER));
        for (SubmitCase one : cases) {
            SubmitCase.Outcome outcome =
                    one.run(RunDirectory.create(directory), Installation.modelOr(model), seed, out);
            clean &= outcome.faults().isEmpty();
            table.add(outcome.row());
        }
        table.forEach(out::println);
        out.flush();
        return CliFailure.audit(clean);
    }
}
