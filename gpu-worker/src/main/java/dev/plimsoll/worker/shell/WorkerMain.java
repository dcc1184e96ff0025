package dev.plimsoll.worker.shell;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.kafka.BrokerProblem;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * Starts a worker. What a person can mend is checked before Quarkus starts, and said in one
 * sentence on stderr. Exit codes: 0 left as asked or the run is over; 1 broke; 3 no usable broker
 * or run; 4 bad setting or model; 5 refused by the coordinator.
 */
@QuarkusMain
public final class WorkerMain {

    private WorkerMain() {}

    public static void main(String... arguments) {
        try {
            StartedWorker.prepare(System.getProperties(), System.getenv());
        } catch (BrokerProblem e) {
            exit(3, e);
        } catch (IllegalArgumentException | ModelException e) {
            exit(4, e);
        }
        Quarkus.run(WorkerApplication.class, arguments);
    }

    private static void exit(int code, Exception problem) {
        System.err.println("plimsoll worker: " + problem.getMessage());
        System.exit(code);
    }
}
