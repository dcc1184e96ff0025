package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.DiskSpace;
import dev.plimsoll.cli.FreePort;
import dev.plimsoll.cli.ModelCheck;
import dev.plimsoll.cli.RunOptions;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.Scope;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a small Llama with real processes: broker, coordinator " + "and workers.",
            "",
            "Without options the built-in model (1M parameters) learns the "
                    + "JDK's own API in 20 steps. The demo ends with the loss on "
                    + "held-out samples before and after, the verdict of the audit and "
                    + "the path of the adapter.",
            ""
        })
public final class DemoCommand implements Callable<Integer> {

    /** The process that is killed. */
    enum Victim {
        WORKER,
        COORDINATOR
    }

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Mixin
    RunOptions run;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "2",
            description = "So many workers are started, 1 to 63. Default: ${DEFAULT-VALUE}.")
    int workers;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "The samples come from this file: JSON lines, a JSON list, CSV, "
                    + "Parquet or text. The default is the "
                    + "built-in data set.")
    Path data;

    @Option(
            names = "--eval-data",
            paramLabel = "FILE",
            description = "The samples of this file are never trained: the run measures its loss "
                    + "with them, after every 5 steps unless --evaluate-every says otherwise, and "
                    + "keeps the best version.")
    Path evalData;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "So many samples of the built-in data set are submitted. The "
                    + "default is as many as the steps need.")
    Integer samples;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "The report is written to this file too, as JSON. An earlier "
                    + "report is replaced, any other file is left as it is.")
    Path report;

    @Option(
            names = "--kill",
            paramLabel = "WHO",
            description = "The first worker, or the coordinator, is killed once with kill "
                    + "-9 and started again. WHO is worker or coordinator.")
    Victim kill;

    @Option(
            names = "--after-step",
            paramLabel = "N",
            defaultValue = "3",
            description = "With --kill: the process is killed once so many steps are "
                    + "committed. Default: ${DEFAULT-VALUE}.")
    long afterStep;

    /** Names and threads the demo gives to its workers itself. */
    @Mixin
    SettingOptions worker = new SettingOptions(Catalogue.ALL.stream()
            .filter(setting -> setting.scope() == Scope.WORKER)
            .filter(setting -> !setting.equals(WorkerCatalogue.WORKER_ID))
            .filter(setting -> !setting.equals(WorkerCatalogue.THREADS))
            .toList());

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "The coordinator's page is served on this port; 0 takes a free "
                    + "one. Default: ${DEFAULT-VALUE}.")
    int port;

    @Option(
            names = "--keep",
            description = "The broker's data is kept. Without this option only logs, report "
                    + "and adapter are kept.")
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
        if (workers < 1 || workers > 63) {
            throw CliFailure.usage("--workers is " + workers + "; give 1 to 63");
        }
        if (run.stepsOr(DemoRun.STEPS) < 1) {
            throw CliFailure.usage(
                    "--steps is " + run.stepsOr(0) + "; the demo needs an end, give at least 1");
        }
        if (kill != null && afterStep >= run.stepsOr(DemoRun.STEPS)) {
            throw CliFailure.usage("--after-step is " + afterStep + ", but the run has only "
                    + run.stepsOr(DemoRun.STEPS) + " steps; give fewer");
        }
        run.values();
        worker.values();
        FreePort.require(port);
        DiskSpace.require(directory);
        requireFile(data);
        requireFile(evalData);
        if (!broker.given()) {
            broker.requireNoClientSettings();
        }
        if (report != null) {
            DemoReport.file(report).requireReplaceable();
        }
        if (run.modelGiven()) {
            ModelCheck.require(run.model());
        }
        return new DemoRun(this).run();
    }

    private static void requireFile(Path file) {
        if (file != null && (!Files.isReadable(file) || Files.isDirectory(file))) {
            throw CliFailure.input("'" + file + "' cannot be read; give the path of a file");
        }
    }
}
