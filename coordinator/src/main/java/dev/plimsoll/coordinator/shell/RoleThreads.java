package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.ingest.kafka.RejectedLookup;
import dev.plimsoll.coordinator.parameters.kafka.ShardShell;
import dev.plimsoll.coordinator.planner.kafka.PlannerShell;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.start.Role;
import dev.plimsoll.coordinator.web.RunView;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import jakarta.enterprise.context.ApplicationScoped;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One thread for the planner and one for each shard, as the process's roles say. Ingest is a
 * channel of its own.
 */
@ApplicationScoped
public class RoleThreads {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final ProcessEnder end;
    private final RunView view;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Runnable> stops = new ArrayList<>();

    RoleThreads(ProcessEnder end, RunView view) {
        this.end = end;
        this.view = view;
    }

    /** Returns at once; a role that cannot start ends the process. */
    synchronized void start(Launch launch) {
        view.launched(launch.run(), peaks(launch));
        if (launch.roles().contains(Role.PLAN)) {
            thread("planner", () -> plan(launch));
        }
        if (launch.roles().contains(Role.PARAMETERS)) {
            shards(launch).forEach(shard -> thread("shard-" + shard, () -> serve(launch, shard)));
        }
    }

    private static List<Integer> shards(Launch launch) {
        int all = launch.run().fleet().shards();
        return launch.settings()
                .values()
                .given(CoordinatorCatalogue.SERVE_SHARDS)
                .orElseGet(() -> IntStream.range(0, all).boxed().toList());
    }

    private static PeakModel peaks(Launch launch) {
        return PeakModel.of(launch.model().llama(), launch.run().lora());
    }

    private void plan(Launch launch) {
        PlannerShell.Setup setup = new PlannerShell.Setup(
                launch.clients(),
                launch.topics(),
                launch.run(),
                peaks(launch),
                launch.incarnation(),
                new RejectedLookup(launch.clients(), launch.topics()),
                view::planned);
        try (PlannerShell shell = new PlannerShell(setup)) {
            onStop(shell::stop);
            shell.run();
        }
    }

    private void serve(Launch launch, int shard) {
        launch.createdRun();
        ShardShell.Setup setup = new ShardShell.Setup(
                launch.clients(), launch.topics(), shard, run -> launch.firstVersion());
        try (ShardShell shell = new ShardShell(setup)) {
            onStop(shell::stop);
            shell.run();
        }
    }

    private synchronized void onStop(Runnable stop) {
        stops.add(stop);
    }

    private void thread(String name, Runnable body) {
        threads.add(Thread.ofPlatform().name(name).start(() -> {
            try {
                body.run();
            } catch (RuntimeException | Error e) {
                end.because("the " + name, e);
            }
        }));
    }

    /** Lets what is under way be written. */
    void stop() {
        synchronized (this) {
            stops.forEach(Runnable::run);
        }
        for (Thread thread : threads) {
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
