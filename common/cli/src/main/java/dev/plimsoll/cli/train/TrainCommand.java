package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.DiskSpace;
import dev.plimsoll.cli.FreePort;
import dev.plimsoll.cli.ModelCheck;
import dev.plimsoll.cli.RunOptions;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.cli.ShellWords;
import dev.plimsoll.cli.samples.FileSubmit;
import dev.plimsoll.cli.samples.Reading;
import dev.plimsoll.cli.samples.SourceChoices;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.Scope;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a model on files, with everything on this machine: broker, coordinator, and "
                    + "one worker for each GPU.",
            "",
            "A model that is too large for one GPU trains over several: with --devices 0,1 there "
                    + "is one worker, and each of these cards holds some of the layers.",
            "",
            "All samples are trained, each once an epoch; then the adapter lies in DIR/adapter. "
                    + "Ctrl-C ends the micro-batch, exports the adapter as it is, and keeps the "
                    + "run: the same command, or the shorter one that it prints, goes on with it. "
                    + "So it does after a crash. Ctrl-C twice ends at once.",
            ""
        })
final class TrainCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    SettingOptions config = new SettingOptions(List.of(ClientCatalogue.CONFIG));

    @Mixin
    RunOptions run;

    /** They may be changed when the run goes on. */
    @Mixin
    SettingOptions coordinator = new SettingOptions(List.of(
            CoordinatorCatalogue.MAX_SAMPLE_BYTES,
            CoordinatorCatalogue.MAX_TURNS,
            CoordinatorCatalogue.TEMPLATE_WORK));

    @Option(
            names = "--data",
            paramLabel = "FILE",
            arity = "1..*",
            description = "The samples come from these files, directories of them, or patterns "
                    + "such as 'data/*.jsonl': JSON lines, a JSON list, CSV, Parquet or text.")
    List<String> data = List.of();

    @Option(
            names = "--eval-data",
            paramLabel = "FILE",
            arity = "1..*",
            description = "The samples of these files are never trained: the run measures its "
                    + "loss with them and keeps the best version as a checkpoint.")
    List<String> evalData = List.of();

    @Mixin
    SourceChoices choices;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "So many workers are started, 1 to 63. The default is one for each GPU "
                    + "that this process may use (CUDA_VISIBLE_DEVICES), and one where there is "
                    + "none or where --devices is given.")
    Integer workers;

    /** Names and threads are given to the workers by this command. */
    @Mixin
    SettingOptions worker = new SettingOptions(Catalogue.ALL.stream()
            .filter(setting -> setting.scope() == Scope.WORKER)
            .filter(setting -> !setting.equals(WorkerCatalogue.WORKER_ID))
            .filter(setting -> !setting.equals(WorkerCatalogue.THREADS))
            .toList());

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "The coordinator's page is served on this port of this machine; 0 takes "
                    + "a free one. Default: ${DEFAULT-VALUE}.")
    int port;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "plimsoll-train",
            description = "The run lives in this directory: the broker's data, logs and the "
                    + "adapter. A second start with the same directory goes on where the first "
                    + "was. Default: ${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() throws Exception {
        UsableGpus.requireSensible(worker.values());
        WorkerCards.requireSensible(workers, worker.values().given(WorkerCatalogue.DEVICES));
        FreePort.require(port);
        DiskSpace.require(directory);
        coordinator.values();
        Reading reading = choices.reading();
        reading.options();
        if (!evalData.isEmpty()
                && run.values().given(RunCatalogue.EVALUATE_EVERY).equals(Optional.of(0L))) {
            throw CliFailure.usage("--eval-data is given, and --evaluate-every is 0, which never "
                    + "evaluates; give at least 1, or leave out --eval-data");
        }
        if (run.modelGiven()) {
            ModelCheck.require(run.model());
        }
        if (!data.isEmpty()) {
            FileSubmit.requireUsable(data, reading);
        }
        if (!evalData.isEmpty()) {
            FileSubmit.requireUsable(evalData, reading);
        }
        try (TrainDirectory place = TrainDirectory.open(directory)) {
            TrainJob job = place.job(
                    run.modelGiven() ? run.model() : null,
                    data,
                    evalData,
                    reading,
                    run.properties());
            return new TrainRun(this, place, job).run();
        }
    }

    /**
     * The command that goes on with a run as it is started now. What the run is lies in its
     * directory; all else is given again, also what came from the environment or a file.
     */
    String again(Path root) {
        List<String> words =
                new ArrayList<>(List.of("plimsoll", "train", "--dir", root.toString()));
        if (workers != null) {
            words.add("--workers=" + workers);
        }
        words.addAll(worker.arguments());
        words.addAll(coordinator.arguments());
        if (port != 0) {
            words.add("--port=" + port);
        }
        return ShellWords.text(words);
    }
}
