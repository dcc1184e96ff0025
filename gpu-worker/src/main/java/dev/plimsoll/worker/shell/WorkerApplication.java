package dev.plimsoll.worker.shell;

import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** The worker's life within Quarkus: runs until it has left; a shutdown makes it leave. */
@ApplicationScoped
public class WorkerApplication implements QuarkusApplication {

    private static final Logger LOG = Logger.getLogger(WorkerApplication.class);

    private volatile WorkerProcess process;

    @Override
    public int run(String... arguments) throws Exception {
        try (WorkerProcess started = StartedWorker.prepared().start()) {
            process = started;
            WorkerProcess.Outcome outcome = started.outcome().get();
            LOG.infof("the worker ends: %s", outcome.note());
            if (outcome.ending() != WorkerProcess.Ending.LEFT) {
                System.err.println("plimsoll worker: " + outcome.note());
            }
            return outcome.ending().exitCode();
        }
    }

    void onShutdown(@Observes ShutdownEvent event) throws Exception {
        WorkerProcess running = process;
        if (running != null && !running.outcome().isDone()) {
            running.stop("the process was asked to stop");
            try {
                running.outcome().get(5, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("the broker did not take this worker's leave within 5 s; its lease will tell the coordinator");
            }
        }
    }
}
