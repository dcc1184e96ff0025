package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.results.AdapterExport;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.SettingValues.Source;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Which adapter: a directory of PEFT's, or the newest of a run, or none. */
final class AdapterOptions {

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "The adapter, as PEFT keeps it and `export` writes it. Without it, and "
                    + "without --prefix or --bootstrap, the base model is used alone.")
    Path adapter;

    /**
     * An adapter on disk.
     *
     * @param name for people
     */
    record Chosen(Path directory, String name) {}

    /**
     * Refuses an adapter that does not fit the model, and fetches one of a run.
     *
     * @param broker where the run is, if one is named
     * @param scratch where an adapter of a run is written
     */
    Optional<Chosen> choose(BrokerOptions broker, Path model, Path scratch) {
        boolean ofRun = isRunNamed(broker);
        if (adapter != null && ofRun) {
            throw CliFailure.usage("--adapter and the adapter of a run (--prefix, --bootstrap) are"
                    + " both given; choose one");
        }
        if (ofRun) {
            AdapterExport.Exported exported = AdapterExport.export(
                    broker.clients(), broker.topics(), model, scratch.resolve("adapter"));
            return Optional.of(new Chosen(
                    exported.directory(),
                    "version " + exported.version() + " of run "
                            + exported.run().runId()));
        }
        if (adapter == null) {
            return Optional.empty();
        }
        if (!Files.isDirectory(adapter)) {
            throw CliFailure.input("there is no adapter directory '" + adapter
                    + "'; give one as PEFT writes it (adapter_config.json,"
                    + " adapter_model.safetensors)");
        }
        PeftAdapter.settings(adapter, LlamaConfig.read(model));
        return Optional.of(new Chosen(adapter.toAbsolutePath().normalize(), adapter.toString()));
    }

    /** Whether a run is named on the command line; a broker that the environment names is not. */
    private static boolean isRunNamed(BrokerOptions broker) {
        SettingValues values = broker.values();
        return values.given(ClientCatalogue.PREFIX, Source.COMMAND_LINE).isPresent()
                || values.given(ClientCatalogue.BOOTSTRAP, Source.COMMAND_LINE).isPresent();
    }
}
