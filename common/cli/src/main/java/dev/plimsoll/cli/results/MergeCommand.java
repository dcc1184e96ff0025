package dev.plimsoll.cli.results;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.merge.ModelMerge;
import dev.plimsoll.model.peft.AdapterFile;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.SettingValues.Source;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;

@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a whole model: the base model with an adapter added to its weights.",
            "",
            "The adapter is a directory (--adapter), or the newest that the run of --prefix has "
                    + "written. The model has the base's number types and files, with its config, "
                    + "tokenizer and generation settings. Weights are added in fp32 and rounded to "
                    + "nearest; the command says how much of the adapter's change the rounding "
                    + "took. An adapter that was trained beside weights in nf4 or fp8 is added to "
                    + "the weights that these were made of.",
            "",
            "The directory appears complete or not at all. A model that an earlier merge wrote "
                    + "there is replaced; anything else is left as it is, and the exit code is 4.",
            ""
        })
final class MergeCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The base model. The default is the built-in model.")
    Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "The adapter, as PEFT keeps it and `export` writes it. Without it, that "
                    + "of the run of --prefix is taken.")
    Path adapter;

    @Parameters(paramLabel = "OUT", description = "The directory to write the merged model to.")
    Path out;

    @Override
    public Integer call() {
        boolean ofRun = Arrays.asList(ClientCatalogue.PREFIX, ClientCatalogue.BOOTSTRAP).stream()
                .anyMatch(setting ->
                        broker.values().given(setting, Source.COMMAND_LINE).isPresent());
        if ((adapter == null) != ofRun) {
            throw CliFailure.usage("an adapter is needed: give either --adapter DIR, or a run by"
                    + " --prefix and --bootstrap");
        }
        Path base = Installation.modelOr(model);
        ModelMerge.directory(out).requireReplaceable();
        if (ofRun) {
            AdapterExport.Held held = AdapterExport.read(broker.clients(), broker.topics(), base);
            say(
                    "version " + held.version() + " of run " + held.run().runId(),
                    new ModelMerge(
                                    base,
                                    held.layout(),
                                    slot -> Arrays.copyOfRange(
                                            held.values(),
                                            slot.offset(),
                                            slot.offset() + slot.size()))
                            .write(out));
            return ExitCode.DONE.number();
        }
        if (!Files.isDirectory(adapter)) {
            throw CliFailure.input("there is no adapter directory '" + adapter
                    + "'; give one as PEFT writes it (adapter_config.json,"
                    + " adapter_model.safetensors)");
        }
        try (AdapterFile file = AdapterFile.open(adapter, LlamaConfig.read(base))) {
            say("adapter " + adapter, new ModelMerge(base, file.layout(), file::matrix).write(out));
        }
        return ExitCode.DONE.number();
    }

    private void say(String name, ModelMerge.Merged merged) {
        spec.commandLine()
                .getOut()
                .println(String.format(
                        Locale.ROOT,
                        "%s merged into %s: %d of %d tensors changed, in %d files; rounding to %s "
                                + "took %.3g of the change (relative L2)",
                        name,
                        out,
                        merged.changed(),
                        merged.tensors(),
                        merged.files(),
                        String.join(", ", merged.dtypes()),
                        merged.survival().relativeLoss()));
    }
}
