package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import java.util.Optional;

/**
 * Which state of the shard is saved, and which one is being written: at most one at a time, and of
 * those that are asked for meanwhile only the newest waits.
 */
final class StateWrites {
    private final int shard;
    private long saved;
    /** The one that was saved before that. */
    private long savedBefore;

    /** Of the saved one; not known of what a rollback wrote. */
    private Optional<StatePlace> place;

    private Optional<ShardAction.WriteState> underWay = Optional.empty();
    private Optional<ShardAction.WriteState> waiting = Optional.empty();

    StateWrites(int shard, long saved, StatePlace place) {
        this.shard = shard;
        this.saved = saved;
        this.savedBefore = saved;
        this.place = Optional.of(place);
    }

    /** The newest version that is saved. */
    long saved() {
        return saved;
    }

    /**
     * What led to this version need not be read any more. One state more than a restart needs: a
     * worker may be reading what made the newest versions when they are saved.
     */
    long covered() {
        return savedBefore;
    }

    /** What is to be said when the version is saved already. */
    Optional<Report.StateSaved> said(long version) {
        return place.filter(known -> version == saved)
                .map(known -> new Report.StateSaved(shard, version, known));
    }

    boolean isUnderWay() {
        return underWay.isPresent();
    }

    boolean isAsked(long version) {
        return isOf(underWay, version) || isOf(waiting, version);
    }

    private static boolean isOf(Optional<ShardAction.WriteState> write, long version) {
        return write.filter(is -> is.state().version() == version).isPresent();
    }

    /** Returns it when it is to be begun now; otherwise it waits. */
    Optional<ShardAction.WriteState> ask(ShardAction.WriteState write) {
        if (underWay.isPresent()) {
            waiting = Optional.of(write);
            return Optional.empty();
        }
        underWay = Optional.of(write);
        return underWay;
    }

    /** What waits is not written: something newer will be. */
    void forgetWaiting() {
        waiting = Optional.empty();
    }

    /** Returns the one that is to be begun next. */
    Optional<ShardAction.WriteState> written(long version, StatePlace where) {
        if (!isOf(underWay, version)) {
            throw new IllegalStateException("shard " + shard + " was told that state " + version
                    + " is written, and asked for " + underWay);
        }
        savedBefore = saved;
        saved = version;
        place = Optional.of(where);
        underWay = waiting;
        waiting = Optional.empty();
        return underWay;
    }

    /** A rollback wrote the version whole. */
    void restored(long version) {
        savedBefore = version;
        saved = version;
        place = Optional.empty();
    }
}
