package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.Checked;
import dev.plimsoll.wire.codec.Impossible;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.Optional;

/**
 * What operators ask for, in the topic {@code control}. Read at least once: after a restart of the
 * planner some may be read again. {@link Finish}, {@link Pause} and {@link Resume} are idempotent;
 * the others carry a request's id and are done once.
 */
@WireFamily(name = "plimsoll.control", typeFromValue = true)
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Control extends Checked {

    /** Who asks, for people. */
    String requestedBy();

    @Override
    default Optional<String> impossible() {
        Impossible impossible = new Impossible().text("requestedBy", requestedBy());
        return this instanceof Once once
                ? impossible.text("request", once.request()).found()
                : impossible.found();
    }

    /** Train what was submitted, the last step under-full if need be, then end the run. */
    @WireName("Finish")
    record Finish(String requestedBy) implements Control {}

    /** Dispatch nothing new; what is under way ends. */
    @WireName("Pause")
    record Pause(String requestedBy) implements Control {}

    @WireName("Resume")
    record Resume(String requestedBy) implements Control {}

    /** Something that is to be done exactly once. */
    sealed interface Once extends Control {
        /** Of the checkpoint, the source, or the worker. */
        String name();

        /** An id of its own for each request, by which a repeat is known. */
        String request();
    }

    /** What is asked of checkpoints. */
    sealed interface OfCheckpoint extends Once {}

    /** What is asked of sources. */
    sealed interface OfSource extends Once {}

    /** What is asked of one worker, by the id under which it works. */
    sealed interface OfWorker extends Once {}

    /**
     * Keep the current version with its optimizer state under a name; one of that name before is
     * replaced.
     */
    @WireName("Checkpoint")
    record Checkpoint(String name, String request, String requestedBy) implements OfCheckpoint {
        public Checkpoint {
            CheckpointName.require(name);
        }
    }

    /**
     * Make the checkpoint's state the next version. What was trained since waits to be trained
     * again; the step that is open is abandoned, unless its clip is fixed: then it is committed
     * first.
     */
    @WireName("Rollback")
    record Rollback(String name, String request, String requestedBy) implements OfCheckpoint {
        public Rollback {
            CheckpointName.require(name);
        }
    }

    /**
     * Train samples of this source, with this weight. One that was removed begins anew.
     *
     * @param evaluation its samples are evaluated and never trained; the weight means nothing then
     */
    @WireName("AddSource")
    record AddSource(
            String name,
            int weight,
            String request,
            String requestedBy,

            @AddedLater("false") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            boolean evaluation)
            implements OfSource {
        public AddSource {
            SourceName.require(name);
            SourceWeight.require(weight);
        }

        /** Of samples that are trained. */
        public AddSource(String name, int weight, String request, String requestedBy) {
            this(name, weight, request, requestedBy, false);
        }
    }

    /** Its samples wait until it is resumed or removed. */
    @WireName("PauseSource")
    record PauseSource(String name, String request, String requestedBy) implements OfSource {
        public PauseSource {
            SourceName.require(name);
        }
    }

    @WireName("ResumeSource")
    record ResumeSource(String name, String request, String requestedBy) implements OfSource {
        public ResumeSource {
            SourceName.require(name);
        }
    }

    /** Its samples that are in no step are rejected, and so are those that come. */
    @WireName("RemoveSource")
    record RemoveSource(String name, String request, String requestedBy) implements OfSource {
        public RemoveSource {
            SourceName.require(name);
        }
    }

    @WireName("WeighSource")
    record WeighSource(String name, int weight, String request, String requestedBy)
            implements OfSource {
        public WeighSource {
            SourceName.require(name);
            SourceWeight.require(weight);
        }
    }

    /**
     * The worker ends what it has in work, contributes, and leaves. Another process may then work
     * under its id.
     */
    @WireName("DrainWorker")
    record DrainWorker(String name, String request, String requestedBy) implements OfWorker {
        public DrainWorker {
            WorkerName.require(name);
        }
    }

    /**
     * The worker is loaded as if its card had so many bytes for it, until the cap is changed:
     * whoever works under its id later has it too.
     *
     * @param capBytes 0: there is no cap any more
     */
    @WireName("CapMemory")
    record CapMemory(String name, long capBytes, String request, String requestedBy)
            implements OfWorker {
        public CapMemory {
            WorkerName.require(name);
            if (capBytes < 0) {
                throw new IllegalArgumentException("a cap of " + capBytes
                        + " bytes is not usable; use a number of bytes, or 0 for no cap");
            }
        }
    }
}
