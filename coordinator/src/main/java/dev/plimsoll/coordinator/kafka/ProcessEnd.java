package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.kafka.DeniedAccess;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingProblem;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * Ends the process: a shell whose transaction failed no longer knows what is durable, and the next
 * process does, because it reads it. The first call decides the exit code; later ones do nothing.
 */
@FunctionalInterface
public interface ProcessEnd {

    /**
     * @param what one sentence for a person
     * @param cause may be null
     */
    void end(ExitCode exitCode, String what, Throwable cause);

    /** Ends with the exit code and a sentence that the cause calls for. */
    default void because(String who, Throwable cause) {
        if (cause instanceof SettingProblem problem) {
            end(problem.exitCode(), problem.getMessage(), problem);
            return;
        }
        ExitCode code = codeFor(cause);
        if (code == ExitCode.FENCED) {
            end(
                    code,
                    who
                            + " was fenced: another coordinator took over this prefix, or the "
                            + "broker gave up a transaction"
                            + " that a cut of the network kept open for too long; a new process "
                            + "carries on",
                    cause);
        } else {
            String why = DeniedAccess.sentence(cause).orElseGet(() -> String.valueOf(cause));
            end(code, who + " failed: " + why, cause);
        }
    }

    private static ExitCode codeFor(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (isFencing(e)) {
                return ExitCode.FENCED;
            }
            if (e instanceof KafkaException) {
                return ExitCode.BROKER;
            }
        }
        return ExitCode.INTERNAL;
    }

    /** A commit of what somebody else has aborted already is of no valid state. */
    private static boolean isFencing(Throwable e) {
        return e instanceof ProducerFencedException
                || e instanceof InvalidProducerEpochException
                || e instanceof InvalidTxnStateException
                || e instanceof FencedInstanceIdException;
    }
}
