package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * What every check before the start has established.
 *
 * @param incarnation of this process, in its beats
 */
public record Launch(CoordinatorSettings settings, Model model, String incarnation) {

    /**
     * The model directory and what it makes of the settings.
     *
     * @param start what the run starts from; empty: the seed's adapter
     */
    public record Model(
            Path directory, LlamaConfig llama, RunSettings run, Optional<StartingPoint> start) {}

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

    /** Version 0, all shards of it. */
    public FirstVersion firstVersion() {
        return model.start()
                .map(Launch::read)
                .orElseGet(
                        () -> FirstVersion.untrained(new AdapterLayout(model.llama(), run().lora())
                                .initial(run().steps().seed())));
    }

    private static FirstVersion read(StartingPoint start) {
        start.requireUnchanged();
        return new FirstVersion(
                start.parameters(),
                start.firstMoment()
                        .map(first -> new FirstVersion.Moments(
                                first, start.secondMoment().orElseThrow())),
                start.identity().updates());
    }
}
