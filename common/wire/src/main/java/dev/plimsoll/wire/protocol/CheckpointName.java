package dev.plimsoll.wire.protocol;

/** What a checkpoint may be called: its name is part of record keys. */
public final class CheckpointName {

    private CheckpointName() {}

    /** Throws IllegalArgumentException, naming the value and what is allowed. */
    public static void require(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("checkpoint name '" + name
                    + "' is not usable; use up to 64 letters, digits, dots, dashes or underscores");
        }
    }
}
