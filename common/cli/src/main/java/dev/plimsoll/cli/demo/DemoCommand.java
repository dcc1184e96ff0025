package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
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
            "Trains a small Llama for real: broker, coordinator and workers as processes of "
                    + "their own.",
            "",
            "Without options: the built-in model (1M parameters) learns the JDK's own API in 20 "
                    + "steps. Ends with the"
                    + " loss on held-out samples before and after, the audit's verdict and the "
                    + "adapter's path.",
            ""
        })
public final class DemoCommand implements Callable<Integer> {

    /** Which process is killed. */
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
            description = "Default: ${DEFAULT-VALUE}.")
    int workers;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "JSONL instead of the built-in data set.")
    Path data;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "Of the built-in data set. Default: as many as the steps need.")
    Integer samples;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what happened as JSON.")
    Path report;

    @Option(
            names = "--kill",
            paramLabel = "WHO",
            description = "kill -9 worker or coordinator once, and restart it.")
    Victim kill;

    @Option(
            names = "--after-step",
            paramLabel = "N",
            defaultValue = "3",
            description = "When: once so many steps are committed. Default: ${DEFAULT-VALUE}.")
    long afterStep;

    /** Names and threads the demo gives to its workers itself. */
    @Mixin
    SettingOptions worker = new SettingOptions(Catalogue.ALL.stream()
            .filter(setting -> setting.scope() == Scope.WORKER)
            .filter(setting -> setting != WorkerCatalogue.WORKER_ID)
            .filter(setting -> setting != WorkerCatalogue.THREADS)
            .toList());

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "Of the coordinator's page. Default: a free one.")
    int port;

    @Option(
            names = "--keep",
            description = "Keep the broker's data; without, logs and adapter are kept.")
    boolean keep;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".plimsoll",
            description = "Where runs are kept. Default: ${DEFAULT-VALUE}.")
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
        if (data != null && !Files.isReadable(data)) {
            throw CliFailure.input("'" + data + "' cannot be read; give the path of a JSONL file");
        }
        return new DemoRun(this).run();
    }
}
