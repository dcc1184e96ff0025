package dev.plimsoll.coordinator.parameters;

/**
 * Whether this shard lacks versions that others have, and whether the planner knows it. It is asked
 * for what is missing once, not for each command that comes too early, and it answers with all of
 * it.
 */
final class Arrears {
    private State state = State.NONE;
    private long newestHeard;

    private enum State {
        /** Nothing is known to be missing. */
        NONE,
        /** The shard has said at which version it is; what is missing is on its way. */
        ASKED,
        /** The next version could not be made; the planner knows, and names it again by itself. */
        UNREADABLE,
        /** Likewise, and something that comes after it was passed over. */
        PASSED_OVER
    }

    /** The shard said at which version it is. */
    void asked() {
        state = State.ASKED;
    }

    /**
     * What was passed over stays so: the planner says only that version again, and nothing else.
     */
    void unreadable(long version) {
        newestHeard = Math.max(newestHeard, version);
        state = state == State.PASSED_OVER ? State.PASSED_OVER : State.UNREADABLE;
    }

    /**
     * A command rests on a version that this shard is not at yet. Returns whether the shard must
     * say where it is: not for a version that was heard of before, since it comes again with each
     * answer.
     */
    boolean early(long version) {
        boolean news = version > newestHeard;
        newestHeard = Math.max(newestHeard, version);
        return switch (state) {
            case NONE -> true;
            case ASKED -> false;
            case UNREADABLE, PASSED_OVER -> {
                state = State.PASSED_OVER;
                yield news;
            }
        };
    }

    /** The next version was made. Returns whether the shard must say where it is now. */
    boolean made() {
        boolean passedOver = state == State.PASSED_OVER;
        state = State.NONE;
        return passedOver;
    }
}
