package dev.plimsoll.cli.intake;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.processes.RunDirectory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code bench malformed}: what people and programs get wrong, beside what is right. */
@Command(
        name = "malformed",
        mixinStandardHelpOptions = true,
        description = {
            "Sends malformed samples, each with a valid one beside it, and checks that each "
                    + "malformed one is rejected with place, reason and remedy, that each valid "
                    + "one is trained, and that nothing ends or grows.",
            "",
            "One half goes through files and `plimsoll submit`, the other straight into the topic. "
                    + "The kinds take turns: broken UTF-8 and JSON, wrong types and missing "
                    + "fields, a chat template that raises, and others. A few are costly: a "
                    + "template without an end or one that grows, lines of 100 MB, packed "
                    + "records. Files that cannot be read to their ends come besides.",
            "",
            "The exit code is 5 if anything was not as it should be.",
            ""
        })
public final class MalformedBenchCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "10000",
            description = "So many malformed samples are sent, at least 100. Default: "
                    + "${DEFAULT-VALUE}.")
    int count;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "So many workers train the valid ones on the CPU; with 0 they wait. "
                    + "Default: ${DEFAULT-VALUE}.")
    int workers;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "What is sent follows from this number. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model; its chat template is made hostile in a copy. The "
                    + "default is the built-in model.")
    Path model;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description = "The run gets a new directory below this one; its logs stay. Default: "
                    + "${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws Exception {
        if (count < 100 || workers < 0) {
            throw CliFailure.usage("--count is " + count + " and --workers is " + workers
                    + "; give at least 100 and 0");
        }
        boolean right = new MalformedRun(this, spec.commandLine().getOut())
                .run(RunDirectory.create(directory), Installation.modelOr(model));
        return CliFailure.audit(right);
    }
}
