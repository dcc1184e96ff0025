package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What every check before the start has established.
 *
 * @param incarnation of this process, in its beats
 */
public record Launch(CoordinatorSettings settings, Model model, String incarnation) {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    /**
     * The model directory and what it makes of the settings.
     *
     * @param start what the run starts from; empty: the seed's adapter
     */
    public record Model(
            Path directory, LlamaConfig llama, RunSettings run, Optional<StartingPoint> start) {}

    /** Of anybody: what they read may be anybody's. */
    public Clients clients() {
        return settings.clients();
    }

    /** Of this run's processes. Where another process is to create the run, waits until it has. */
    public Clients runClients() {
        if (roles().contains(Role.PLAN)) {
            return clients().of(run(), topics());
        }
        try (JournalReader journal =
                new JournalReader(clients(), topics(), "plimsoll-run-lookup")) {
            return clients().of(journal.awaitRun(FOREVER).orElseThrow(), topics());
        }
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
