package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

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
     * @param start what the run starts from; empty: the seed's adapter, or what the journal says
     */
    public record Model(
            Path directory, LlamaConfig llama, RunSettings run, Optional<StartingPoint> start) {

        /**
         * For a run that exists: what it started from need not be given again, since its version 0
         * is written, and its adapter stays cut as it is where {@code values} do not say how.
         */
        Model goingOn(RunSettings existing, SettingValues values) {
            RunSettings started = start.isPresent() ? run : run.from(existing.start());
            boolean said = values.given(FleetCatalogue.SHARDS).isPresent();
            RunSettings cut = said ? started : started.in(existing.fleet().shards());
            return new Model(directory, llama, cut, start);
        }
    }

    /** Of anybody: what they read may be anybody's. */
    public Clients clients() {
        return settings.clients();
    }

    /** Of this run's processes; as {@link #createdRun} where another process creates the run. */
    public Clients runClients() {
        return clients().of(roles().contains(Role.PLAN) ? run() : createdRun(), topics());
    }

    /**
     * The run as its journal has it. Where another process is to create it, waits until it has.
     * Throws {@link SettingProblem} where it was created with other settings than this process was
     * given: there was nothing to compare them with before the start.
     */
    public RunSettings createdRun() {
        try (JournalReader journal =
                new JournalReader(clients(), topics(), "plimsoll-run-lookup")) {
            RunSettings created = journal.awaitRun(FOREVER).orElseThrow();
            RunSettings asked = model.goingOn(created, settings.values()).run();
            RunDifference.between(asked, created).ifPresent(difference -> {
                throw new SettingProblem(difference);
            });
            return created;
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

    /** Whether sequences may be as long as the model is meant for. */
    public boolean takesAllTheModelDoes() {
        return run().fleet().maxSequenceTokens() >= model.llama().longestSequence();
    }

    /**
     * Version 0, all shards of it; asked for while it is not written. Throws {@link SettingProblem}
     * where the run started from an adapter that is not given.
     */
    public FirstVersion firstVersion() {
        if (model.start().isEmpty() && !run().start().equals(RunStart.SEEDED)) {
            throw new SettingProblem("start-from is left out, and version 0 of run "
                    + run().runId() + ", which is made of it, is not written yet; give the adapter"
                    + " that the run was created with (its hash is "
                    + run().start().hash() + ")");
        }
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
