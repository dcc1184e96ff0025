package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;

/**
 * How far a fold has come.
 *
 * @param updates that led to the version
 */
record Progress(long version, long updates) {

    static Progress of(AdapterState state) {
        return new Progress(state.version(), state.updates());
    }

    /** Refuses numbers that do not make the next version. */
    Progress next(FoldNumbers numbers) {
        if (numbers.version() != version + 1 || numbers.update() != updates + 1) {
            throw new IllegalArgumentException("version " + numbers.version() + " by update "
                    + numbers.update() + " does not follow version " + version + " after " + updates
                    + " updates");
        }
        return new Progress(numbers.version(), numbers.update());
    }
}
