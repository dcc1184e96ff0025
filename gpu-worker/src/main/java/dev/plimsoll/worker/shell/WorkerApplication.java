package dev.plimsoll.worker.shell;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import org.jboss.logging.Logger;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The worker's life within Quarkus: runs until it has left; a shutdown makes it leave. */
@ApplicationScoped
public class WorkerApplication implements QuarkusApplication {

    private static final long LEAVE_SECONDS = 3;
    private static final Logger LOG = Logger.getLogger(WorkerApplication.class);

    /**
     * Bound by main while Quarkus runs: Quarkus makes the application itself and is given a class,
     * but it does so on main's thread.
     */
    static final ScopedValue<StartedWorker> STARTED = ScopedValue.newInstance();

    private volatile WorkerProcess process;
    private volatile long drainSeconds;

    @Override
    public int run(String... arguments) throws Exception {
        StartedWorker prepared = STARTED.get();
        drainSeconds = prepared.settings().get(WorkerCatalogue.DRAIN_SECONDS);
        try (HealthServer health =
                        HealthServer.open(prepared.settings().get(WorkerCatalogue.HEALTH_PORT));
                WorkerProcess started = prepared.start()) {
            process = started;
            health.tell(started.life());
            if (prepared.settings().get(WorkerCatalogue.HEALTH_PORT) != 0) {
                WorkerMetrics metrics =
                        new WorkerMetrics(started.workerId(), started::memory, started.life());
                started.life().listen(metrics::sent);
                health.tellMetrics(metrics::scrape);
            }
            WorkerProcess.Outcome outcome = started.outcome().get();
            LOG.infof("the worker ends: %s", outcome.note());
            if (outcome.ending() != WorkerProcess.Ending.LEFT) {
                System.err.println("plimsoll worker: " + outcome.note());
            }
            return outcome.ending().exitCode().number();
        } catch (ModelException | SettingProblem e) {
            prepared.engine().close(); // to exit in the middle of libtorch's start might crash
            System.err.println("plimsoll worker: " + e.getMessage());
            return ExitCode.INPUT.number();
        }
    }

    void onShutdown(@Observes ShutdownEvent event) throws Exception {
        WorkerProcess running = process;
        if (running != null && !running.outcome().isDone()) {
            running.stop("the process was asked to stop");
            if (!ended(running, drainSeconds)) {
                running.stop("the process was asked to stop, and what it held could not be "
                        + "contributed in time");
                if (!ended(running, LEAVE_SECONDS)) {
                    LOG.warn("the broker did not take this worker's leave; its lease will tell "
                            + "the coordinator");
                }
            }
        }
    }

    private static boolean ended(WorkerProcess running, long seconds) throws Exception {
        try {
            running.outcome().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }
}
