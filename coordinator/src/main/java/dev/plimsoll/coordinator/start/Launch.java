package dev.plimsoll.coordinator.start;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;

import java.nio.file.Path;
import java.util.Set;

/**
 * What every check before the start has established.
 *
 * @param incarnation of this process, in its beats
 */
public record Launch(CoordinatorSettings settings, Model model, String incarnation) {

    /** The model directory and what it makes of the settings. */
    public record Model(Path directory, LlamaConfig llama, RunSettings run) {}

    public Clients clients() {
        return settings.clients();
    }

    public Topics topics() {
        return settings.topics();
    }

    public Set<Role> roles() {
        return settings.roles();
    }

    public RunSettings run() {
        return model.run();
    }

    /** The flat adapter of version 0. */
    public float[] initialAdapter() {
        return new AdapterLayout(model.llama(), run().lora())
                .initial(run().steps().seed());
    }
}
