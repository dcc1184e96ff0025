package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.Shown;

/** What a worker may be called: its id is part of record keys. */
public final class WorkerName {

    private static final int SHOWN = 80;

    private WorkerName() {}

    /** Throws IllegalArgumentException, naming the value and what is allowed. */
    public static void require(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("worker id '" + Shown.line(name, SHOWN)
                    + "' is not usable; use up to 64 letters, digits, dots, dashes or underscores");
        }
    }
}
