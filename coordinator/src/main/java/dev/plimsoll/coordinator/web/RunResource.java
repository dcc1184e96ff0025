package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The run as it stands, for people and scripts. */
@Path("/api")
@Produces(MediaType.APPLICATION_JSON)
public class RunResource {

    private final RunView run;
    private final TelemetryView telemetry;
    private final StepsView steps;

    RunResource(RunView run, TelemetryView telemetry, StepsView steps) {
        this.run = run;
        this.telemetry = telemetry;
        this.steps = steps;
    }

    /** A member of the fleet; measures are null until the first arrive. */
    public record WorkerJson(
            String workerId,
            WorkerDevice device,
            Membership membership,
            Double tokensPerSecond,
            MemoryMeasures memory,
            Long silentMillis) {}

    public record Membership(long generation, int lane, boolean ready, int maxTokens) {}

    /** {@code planner} and {@code workers} are null in a process without the role plan. */
    public record RunJson(
            RunSettings settings,
            PlannerJson planner,
            double tokensPerSecond,
            StepRecord lastStep,
            List<WorkerJson> workers) {}

    public record PlannerJson(
            long step,
            long version,
            String phase,
            PlannerView.Waiting waiting,
            PlannerView.Status status,
            SortedMap<String, SourceMeasures> sources,
            PlannerView.Evaluated evaluated) {}

    @GET
    @Path("/run")
    public RunJson run() {
        long nowMillis = System.currentTimeMillis();
        return new RunJson(
                run.run().map(RunSettings::shown).orElse(null),
                run.planner()
                        .map(p -> new PlannerJson(
                                p.step(),
                                p.version(),
                                p.phase(),
                                p.waiting(),
                                p.status(),
                                p.sources(),
                                p.evaluated()))
                        .orElse(null),
                telemetry.tokensPerSecond(nowMillis),
                steps.last().orElse(null),
                run.planner()
                        .map(p -> p.workers().stream()
                                .map(w -> worker(w, nowMillis))
                                .toList())
                        .orElse(null));
    }

    @GET
    @Path("/steps")
    public List<StepRecord> steps(@QueryParam("limit") @DefaultValue("200") int limit) {
        return steps.last(Math.clamp(limit, 1, StepsView.KEPT));
    }

    /** What workers do now; empty in a process without the role plan. */
    public Optional<PlannerDetail> detail() {
        return run.detail();
    }

    private WorkerJson worker(Worker worker, long nowMillis) {
        WorkerTelemetry measured = telemetry
                .worker(worker.workerId())
                .filter(w -> w.generation() == worker.generation())
                .orElse(null);
        return new WorkerJson(
                worker.workerId(),
                worker.admission().device(),
                new Membership(
                        worker.generation(), worker.lane(), worker.ready(), worker.maxTokens()),
                measured == null ? null : measured.tokensPerSecond(),
                measured == null ? null : measured.memory(),
                measured == null ? null : nowMillis - measured.heardMillis());
    }
}
