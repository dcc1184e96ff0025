package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;

/**
 * How far a fold has come. Which update makes a version is said by whoever decides: after a
 * rollback it does not follow from the version.
 */
record Progress(long version) {

    static Progress of(AdapterState state) {
        return new Progress(state.version());
    }

    /** Refuses numbers that do not make the next version. */
    Progress next(FoldNumbers numbers) {
        if (numbers.version() != version + 1 || numbers.update() < 1) {
            throw new IllegalArgumentException("version " + numbers.version() + " by update "
                    + numbers.update() + " does not follow version " + version);
        }
        return new Progress(numbers.version());
    }
}
