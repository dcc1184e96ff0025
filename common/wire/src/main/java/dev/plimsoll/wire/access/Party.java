package dev.plimsoll.wire.access;

import java.util.Locale;

/** Who uses a broker for a run, each under a user of its own. */
public enum Party {
    COORDINATOR("a coordinator's process with the roles ingest and plan, and its page"),
    PARAMETERS("a coordinator's process with the role parameters"),
    WORKER("a GPU worker"),
    OPERATOR("who steers the run and takes its results: pause, checkpoint, source, export"),
    PRODUCER("who submits samples, and is told nothing of what becomes of them"),
    VIEWER("who watches the run's figures, and sees nobody's samples"),
    AUDIT("who checks that nothing was lost, and sees every sample");

    private final String meaning;

    Party(String meaning) {
        this.meaning = meaning;
    }

    public String meaning() {
        return meaning;
    }

    /** As people write it. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }
}
