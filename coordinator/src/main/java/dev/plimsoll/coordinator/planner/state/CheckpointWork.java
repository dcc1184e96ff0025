package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.journal.JournalRecord.CheckpointRestoreAccepted;
import dev.plimsoll.wire.journal.JournalRecord.CheckpointSaveAccepted;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the shards are doing with a checkpoint, and which of them are through. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "work")
@JsonSubTypes({
    @JsonSubTypes.Type(value = CheckpointWork.Saving.class, name = "Saving"),
    @JsonSubTypes.Type(value = CheckpointWork.Restoring.class, name = "Restoring")
})
public sealed interface CheckpointWork {

    Checkpoint checkpoint();

    SortedSet<Integer> shards();

    /** The current version is kept: it must stay the current one until all shards are through. */
    record Saving(Checkpoint checkpoint, SortedSet<Integer> shards) implements CheckpointWork {
        public Saving {
            shards = Collections.unmodifiableSortedSet(new TreeSet<>(shards));
        }

        Saving with(CheckpointSaveAccepted saved) {
            boolean awaited = saved.name().equals(checkpoint.name())
                    && saved.version() == checkpoint.version();
            IllegalRecord.when(
                    !awaited || shards.contains(saved.shard()), saved, "what is saved is " + this);
            return new Saving(checkpoint, plus(shards, saved.shard()));
        }
    }

    /** The checkpoint becomes the version after {@code baseVersion}; no step is open. */
    record Restoring(Checkpoint checkpoint, long baseVersion, SortedSet<Integer> shards)
            implements CheckpointWork {
        public Restoring {
            shards = Collections.unmodifiableSortedSet(new TreeSet<>(shards));
        }

        Restoring with(CheckpointRestoreAccepted restored) {
            boolean awaited = restored.name().equals(checkpoint.name())
                    && restored.version() == baseVersion + 1;
            IllegalRecord.when(
                    !awaited || shards.contains(restored.shard()),
                    restored,
                    "what is restored is " + this);
            return new Restoring(checkpoint, baseVersion, plus(shards, restored.shard()));
        }
    }

    private static SortedSet<Integer> plus(SortedSet<Integer> shards, int shard) {
        SortedSet<Integer> more = new TreeSet<>(shards);
        more.add(shard);
        return more;
    }
}
