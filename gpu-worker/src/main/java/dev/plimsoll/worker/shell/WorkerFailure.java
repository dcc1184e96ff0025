package dev.plimsoll.worker.shell;

import dev.plimsoll.wire.kafka.DeniedAccess;
import dev.plimsoll.worker.shell.WorkerProcess.Ending;
import dev.plimsoll.worker.shell.WorkerProcess.Outcome;

import org.apache.kafka.common.KafkaException;

import java.util.Optional;

/** How a worker ends that cannot go on. */
final class WorkerFailure {

    private WorkerFailure() {}

    static Outcome outcome(Throwable problem) {
        Optional<String> denied = DeniedAccess.sentence(problem);
        if (denied.isPresent()) {
            return new Outcome(Ending.BROKER_AWAY, denied.get());
        }
        for (Throwable is = problem; is != null; is = is.getCause()) {
            if (is instanceof KafkaException) {
                return new Outcome(
                        Ending.BROKER_AWAY,
                        "the broker does not answer any more, or refuses (" + is.getMessage()
                                + "); start the worker again when it answers: what it had in work"
                                + " is given out again");
            }
        }
        return new Outcome(Ending.BROKE, String.valueOf(problem.getMessage()));
    }
}
