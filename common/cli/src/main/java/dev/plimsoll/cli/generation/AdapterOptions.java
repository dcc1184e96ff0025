package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.results.AdapterExport;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.PeftAdapter;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Which adapter: a directory of PEFT's, or the newest of a run, or none. */
final class AdapterOptions {

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "The adapter, as PEFT keeps it and `export` writes it. Without it, and "
                    + "without --prefix, --bootstrap, --kafka or --kafka-config, the base model is "
                    + "used alone.")
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
     * @param say told where there is no adapter
     */
    Optional<Chosen> choose(BrokerOptions broker, Path model, Path scratch, Consumer<String> say) {
        boolean ofRun = broker.onCommandLine();
        if (adapter != null && ofRun) {
            throw CliFailure.usage("--adapter and the adapter of a run (--prefix, --bootstrap, "
                    + "--kafka, --kafka-config) are both given; choose one");
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
            say.accept("the base model alone: neither an adapter nor a run is named");
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
}
