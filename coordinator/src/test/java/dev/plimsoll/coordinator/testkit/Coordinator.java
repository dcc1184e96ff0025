package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.coordinator.kafka.ProcessEnd;
import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.coordinator.parameters.kafka.ShardShell;
import dev.plimsoll.coordinator.planner.kafka.PlannerShell;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.web.PlannerView;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectedSample;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** Shells on threads, each with the exit code that its process would end with. */
public final class Coordinator {

    /**
     * How a shell ends whose successor has begun. Where its commit meets that beginning, the broker
     * of Kafka 4.1 may answer with an error of its own instead.
     */
    public static final Set<ExitCode> REPLACED = Set.of(ExitCode.FENCED, ExitCode.BROKER);

    private final Clients clients;
    private final Topics topics;
    private final RunSettings run;

    public Coordinator(Clients clients, Topics topics, RunSettings run) {
        this.clients = clients;
        this.topics = topics;
        this.run = run;
    }

    /** A shell under way. Closing it stops it in good order. */
    public record Running(CompletableFuture<ExitCode> exitCode, Runnable stop)
            implements AutoCloseable {
        @Override
        public void close() {
            stop.run();
            exitCode.join();
        }
    }

    /** The last state that a planner showed. */
    public static final class LastView {
        private final AtomicReference<PlannerView> view = new AtomicReference<>();

        void set(PlannerState state) {
            view.set(PlannerView.of(state));
        }

        public PlannerView get() {
            return view.get();
        }

        public long version() {
            return view.get() == null ? -1 : view.get().version();
        }
    }

    public PlannerShell.Setup setup(LastView view) {
        return new PlannerShell.Setup(
                clients,
                topics,
                run,
                LinearPeaks.OF_FOUR_LAYERS,
                UUID.randomUUID().toString(),
                rejections -> rejections.stream()
                        .map(rejection -> new RejectedSample(
                                rejection.sample().sampleId(),
                                rejection.sample().origin(),
                                "",
                                rejection.reason(),
                                rejection.note(),
                                new RejectedSample.Content("", "")))
                        .toList(),
                view::set);
    }

    public Running planner(LastView view) {
        PlannerShell shell = new PlannerShell(setup(view));
        return start("planner", shell::run, shell::stop, shell);
    }

    public Running shard(int shard) {
        return shard(shard, FirstVersion.untrained(TestRun.initial()));
    }

    /** Of a run whose version 0 that is. */
    public Running shard(int shard, FirstVersion first) {
        ShardShell shell = new ShardShell(new ShardShell.Setup(clients, topics, shard, r -> first));
        return start("shard-" + shard, shell::run, shell::stop, shell);
    }

    private static Running start(String name, Runnable body, Runnable stop, AutoCloseable shell) {
        CompletableFuture<ExitCode> exitCode = new CompletableFuture<>();
        ProcessEnd end = (code, what, cause) -> exitCode.complete(code);
        Thread.ofPlatform().name(name).start(() -> {
            try (shell) {
                body.run();
            } catch (Exception e) {
                end.because(name, e);
            }
            exitCode.complete(ExitCode.DONE);
        });
        return new Running(exitCode, stop);
    }
}
