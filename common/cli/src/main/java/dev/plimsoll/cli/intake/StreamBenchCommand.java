package dev.plimsoll.cli.intake;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.processes.RunDirectory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code bench stream}: samples that come while the run trains. */
@Command(
        name = "stream",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a stream of samples with a small fleet and shows how far training lags behind.",
            "",
            "Broker, coordinator and workers are processes of their own. One producer sends "
                    + "samples all the time, at rates from nothing to three times the mean. At "
                    + "20 % of the time a second source is added with weight 3 and a producer of "
                    + "its own; it is paused at 40 %, resumed at 55 % and removed at 75 %, while "
                    + "its producer goes on to 85 %. Producers and operator use the commands "
                    + "submit and source. Then the run is asked to finish, and the audit says "
                    + "whether each sample was trained once or rejected because its source was "
                    + "removed.",
            "",
            "The lag is the time since the oldest sample was handed over that is not trained.",
            ""
        })
public final class StreamBenchCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "2",
            description = "Samples come for so many minutes. Default: ${DEFAULT-VALUE}.")
    double minutes;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "10",
            description = "The first producer sends so many samples a second on average, the "
                    + "second one half of it. Default: ${DEFAULT-VALUE}.")
    double rate;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "2",
            description = "So many workers train on the CPU, with a thread each. Default: "
                    + "${DEFAULT-VALUE}.")
    int workers;

    @Option(
            names = "--samples-per-step",
            paramLabel = "N",
            defaultValue = "32",
            description = "A step trains so many samples, or those that came in two seconds. "
                    + "Default: ${DEFAULT-VALUE}.")
    int samplesPerStep;

    @Option(
            names = "--every",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description =
                    "The table gets a line every so many seconds. Default: " + "${DEFAULT-VALUE}.")
    int every;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The samples follow from this number. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model. The default is the built-in model.")
    Path model;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description = "The run gets a new directory below this one; its logs stay. Default: "
                    + "${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(minutes > 0 && minutes <= 24 * 60) || !(rate > 0 && rate <= 10_000)) {
            throw CliFailure.usage("--minutes is " + minutes + " and --rate is " + rate
                    + "; give more than 0 of each, at most a day and 10000");
        }
        if (workers < 1 || samplesPerStep < 1 || every < 1) {
            throw CliFailure.usage("--workers is " + workers + ", --samples-per-step is "
                    + samplesPerStep + " and --every is " + every + "; give at least 1 of each");
        }
        boolean clean = new StreamRun(this, spec.commandLine().getOut())
                .run(RunDirectory.create(directory), Installation.modelOr(model));
        return CliFailure.audit(clean);
    }
}
