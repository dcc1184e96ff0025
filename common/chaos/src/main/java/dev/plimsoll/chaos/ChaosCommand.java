package dev.plimsoll.chaos;

import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.chaos.schedule.ProcessKind;
import dev.plimsoll.chaos.schedule.Schedule;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

@Command(
        name = "chaos",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a small Llama while its processes are killed, frozen and "
                    + "replaced, and proves that nothing was lost.",
            "",
            "Broker, coordinator (ingest and planner), parameter server and "
                    + "workers run as processes of their own, and samples are submitted "
                    + "all the while. A schedule that depends on the seed alone "
                    + "disturbs all of them: kill -9 and a new start, SIGSTOP for "
                    + "longer than the lease, SIGTERM and a new start, one worker more "
                    + "or fewer (1 to 4 at a time), and, as root with iproute2 "
                    + "installed, cuts of the network between one process and the "
                    + "broker, in both directions or in one. Then all samples are "
                    + "trained to the end, and once more in a second run that nothing "
                    + "disturbs.",
            "",
            "The exit code is 0 only if the audit is clean, no sample waits, "
                    + "both runs trained the same samples in the same steps, and the "
                    + "adapters agree (L2 distance at most 1e-4 of the norm).",
            ""
        })
public final class ChaosCommand implements Callable<Integer> {

    private static final int PER_MINUTE = 60;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "2",
            description =
                    "The run is disturbed for so many minutes. Default: " + "${DEFAULT-VALUE}.")
    double minutes;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The disturbances and the first adapter follow from this number. "
                    + "Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "So many workers run at the beginning, 1 to 4. Default: " + "${DEFAULT-VALUE}.")
    int workers;

    @Option(
            names = "--calm",
            description = "Nothing is disturbed and there is no second run. This is a soak "
                    + "test that records memory, tensor handles and logs.")
    boolean calm;

    @Option(
            names = "--only",
            paramLabel = "ROLE",
            split = ",",
            description = "Only these processes are disturbed: broker, coordinator, "
                    + "parameters, worker. The default is all of them.")
    Set<ProcessKind> only = EnumSet.allOf(ProcessKind.class);

    @Option(
            names = "--cuts",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "When the network is cut: auto (if this user may make network "
                    + "namespaces), on (or the command fails) or off. Default: "
                    + "${DEFAULT-VALUE}.")
    CutMode cuts;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "The samples come from this JSONL file, spread over the minutes. "
                    + "The default is the built-in data set.")
    Path data;

    @Option(
            names = "--samples-per-minute",
            paramLabel = "N",
            defaultValue = "" + PER_MINUTE,
            description = "So many samples of the built-in data set are submitted per "
                    + "minute. Default: ${DEFAULT-VALUE}.")
    int samplesPerMinute;

    @Option(
            names = "--backlog",
            description = "All samples are submitted at once and cut into micro-batches of "
                    + "1,024 tokens, so that a worker that joins finds work waiting. "
                    + "Then the times to its first micro-batch are the product's and "
                    + "not the stream's. It works best with more --samples-per-step.")
    boolean backlog;

    @Option(
            names = "--samples-per-step",
            paramLabel = "N",
            defaultValue = "16",
            description = "A step trains so many samples. Default: ${DEFAULT-VALUE}.")
    int samplesPerStep;

    @Option(
            names = "--flood",
            paramLabel = "N",
            defaultValue = "0",
            description = "A stranger writes so many random, changed and repeated records to "
                    + "the run's topics in the middle third of the time; how fast the run trains "
                    + "before, during and after is told. Default: ${DEFAULT-VALUE}.")
    long flood;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            defaultValue = "3s",
            converter = LeaseConverter.class,
            description = "A worker that is silent for so long counts as lost, e.g. 3s or "
                    + "2500ms. Default: ${DEFAULT-VALUE}.")
    Duration lease;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model. The default is the built-in model.")
    Path model;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "The report is written to this file too, as JSON. An earlier "
                    + "report is replaced, any other file is left as it is.")
    Path report;

    @Option(
            names = "--keep",
            description = "The brokers' data is kept. Without this option only logs, "
                    + "reports and adapters are kept.")
    boolean keep;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description =
                    "The run gets a new directory below this one. Default: " + "${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws Exception {
        if (!(minutes > 0 && minutes <= 7 * 24 * 60)) {
            throw CliFailure.usage(
                    "--minutes is " + minutes + "; give more than 0, and at most a week");
        }
        if (workers < Schedule.MIN_WORKERS || workers > Schedule.MAX_WORKERS) {
            throw CliFailure.usage("--workers is " + workers + "; give " + Schedule.MIN_WORKERS
                    + " to " + Schedule.MAX_WORKERS);
        }
        if (samplesPerMinute < 1 || samplesPerStep < 1) {
            throw CliFailure.usage("--samples-per-minute is " + samplesPerMinute
                    + " and --samples-per-step is " + samplesPerStep + "; give at least 1 of each");
        }
        if (flood < 0) {
            throw CliFailure.usage("--flood is " + flood + "; give at least 0");
        }
        if (lease.toMillis() < 500) {
            throw CliFailure.usage("--lease is " + lease.toMillis() + "ms; give at least 500ms");
        }
        if (data != null && !Files.isReadable(data)) {
            throw CliFailure.input("'" + data + "' cannot be read; give the path of a JSONL file");
        }
        if (report != null) {
            ChaosReport.file(report).requireReplaceable();
        }
        return new ChaosRun(this).run();
    }

    /** Off if no process is disturbed whose network could be cut: the broker's network never is. */
    CutMode cuts() {
        return calm || only.equals(EnumSet.of(ProcessKind.BROKER)) ? CutMode.OFF : cuts;
    }

    /**
     * The disturbances that the options ask for.
     *
     * @param cut whether the network can be cut
     */
    List<Disturbance> disturbances(boolean cut) {
        return calm ? List.of() : Schedule.of(seed, length(), workers, lease, only, cut);
    }

    Path baseModel() {
        return Installation.modelOr(model);
    }

    Duration length() {
        return Duration.ofMillis(Math.round(minutes * 60_000));
    }
}
