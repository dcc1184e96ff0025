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
public record Launch(
        CoordinatorConfig config, Clients clients, Topics topics, Model model, String incarnation) {

    /** The model directory and what it makes of the settings. */
    public record Model(Path directory, LlamaConfig llama, RunSettings run) {}

    private static volatile Launch current;

    public Set<CoordinatorConfig.Role> roles() {
        return config.roles();
    }

    public RunSettings run() {
        return model.run();
    }

    /** The flat adapter of version 0. */
    public float[] initialAdapter() {
        return new AdapterLayout(model.llama(), run().lora())
                .initial(run().steps().seed());
    }

    /** Hands the launch over to the beans: they start after {@code main} has checked everything. */
    public static void set(Launch launch) {
        current = launch;
    }

    public static Launch current() {
        Launch launch = current;
        if (launch == null) {
            throw new IllegalStateException("the coordinator was not started by its main method");
        }
        return launch;
    }
}
