package dev.plimsoll.cli.results;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the adapter as PEFT keeps it "
                    + "(adapter_config.json, adapter_model.safetensors), with the tokenizer of its "
                    + "base model and a model card (README.md, loss.svg).",
            "",
            "The card tells of data, settings, loss, evaluations and the audit, and never what "
                    + "samples say. The audit reads all of the run's topics: --no-audit leaves it "
                    + "out, --no-card the whole card.",
            "",
            "It takes the newest version whose state every shard has written. Later versions may "
                    + "be committed: the setting state-every says how many; then the command "
                    + "names both.",
            "",
            "With --checkpoint it takes that checkpoint instead. With --with-optimizer it "
                    + "also writes AdamW's moments (optimizer.safetensors), how many updates and "
                    + "steps there were (training_state.json), and the ids of the samples that "
                    + "this run trained in its epoch (trained_samples.txt); what a run before "
                    + "it trained is in that one's list. Another run goes on from "
                    + "such a directory by the setting start-from, on another cluster too.",
            "",
            "It may run at any time and does not disturb the run. The "
                    + "directory appears complete or not at all. An adapter that an "
                    + "earlier export wrote there is replaced. A directory that holds "
                    + "anything else, or a symbolic link, is left as it is, and the "
                    + "exit code is 4.",
            ""
        })
final class ExportCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model of the run. The default is the built-in model.")
    Path model;

    @Option(
            names = "--checkpoint",
            paramLabel = "NAME",
            description = "Writes this checkpoint. The default is the newest version.")
    String checkpoint;

    @Option(
            names = "--with-optimizer",
            description = "Writes what another run needs to go on with the training, too.")
    boolean withOptimizer;

    @Option(
            names = "--base-name",
            paramLabel = "NAME",
            description = "The adapter names its base model so. The default is the run's "
                    + "model-name; without it, what the model's config.json says "
                    + "(_name_or_path: owner/name), or else the model's path.")
    String baseName;

    @Option(names = "--no-card", description = "No model card is written.")
    boolean noCard;

    @Option(
            names = "--no-audit",
            description = "The model card says nothing of the audit, and the topics of gradients "
                    + "and samples are not read.")
    boolean noAudit;

    @Parameters(
            paramLabel = "DIR",
            arity = "0..1",
            defaultValue = "adapter",
            description = "The directory to write. Default: ${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() {
        Beside beside = new Beside(Optional.ofNullable(baseName), !noCard, !noAudit);
        TrainingExport.Wish wish =
                new TrainingExport.Wish(Optional.ofNullable(checkpoint), withOptimizer, beside);
        wish.directory(directory).requireReplaceable();
        if (checkpoint != null || withOptimizer) {
            String written = new TrainingExport(broker.clients(), broker.topics())
                    .export(wish, Installation.modelOr(model), directory.toAbsolutePath());
            spec.commandLine().getOut().println(written);
            return ExitCode.DONE.number();
        }
        Path base = Installation.modelOr(model);
        AdapterExport.Exported exported = AdapterExport.export(
                broker.clients(), broker.topics(), base, directory.toAbsolutePath(), beside);
        spec.commandLine()
                .getOut()
                .println("adapter version " + exported.version() + " of run "
                        + exported.run().runId() + " written to " + exported.directory()
                        + (exported.committed() > exported.version()
                                ? "; version " + exported.committed() + " is committed, and its "
                                        + "state is not written yet"
                                : ""));
        return ExitCode.DONE.number();
    }
}
