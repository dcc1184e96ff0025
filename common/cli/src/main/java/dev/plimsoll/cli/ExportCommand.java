package dev.plimsoll.cli;

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
            "Writes the current adapter as PEFT keeps it (adapter_config.json, "
                    + "adapter_model.safetensors).",
            "",
            "May run at any time and does not disturb the run. The directory appears complete or "
                    + "not at all.",
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
            description = "The run's base model. Default: the built-in one.")
    Path model;

    @Parameters(
            paramLabel = "DIR",
            arity = "0..1",
            defaultValue = "adapter",
            description = "Default: ${DEFAULT-VALUE}.")
    Path directory;

    @Override
    public Integer call() {
        Path base = Installation.modelOr(model);
        AdapterExport.Exported exported = AdapterExport.export(
                broker.clients(), broker.topics(), base, directory.toAbsolutePath());
        spec.commandLine()
                .getOut()
                .println("adapter version " + exported.version() + " of run "
                        + exported.run().runId() + " written to " + exported.directory());
        return ExitCode.DONE.number();
    }
}
