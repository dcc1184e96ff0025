package dev.plimsoll.cli.results;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the adapter as PEFT keeps it "
                    + "(adapter_config.json, adapter_model.safetensors).",
            "",
            "It takes the newest version whose state every shard has written. Later versions may "
                    + "be committed: the setting state-every says how many; then the command "
                    + "names both.",
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

    @Parameters(
            paramLabel = "DIR",
            arity = "0..1",
            defaultValue = "adapter",
            description = "The directory to write. Default: ${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() {
        PeftAdapter.directory(directory).requireReplaceable();
        Path base = Installation.modelOr(model);
        AdapterExport.Exported exported = AdapterExport.export(
                broker.clients(), broker.topics(), base, directory.toAbsolutePath());
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
