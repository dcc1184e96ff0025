package dev.plimsoll.wire.settings;

/** Who reads a setting, and whether it can change while the run exists. */
public enum Scope {
    CLIENT("Every command and process", false),
    PROCESS("Every coordinator, parameter server and worker", false),
    RUN("The run", true),
    FLEET("The fleet", true),
    COORDINATOR("One coordinator process", false),
    WORKER("One worker process", false);

    private final String title;
    private final boolean fixedAtCreation;

    Scope(String title, boolean fixedAtCreation) {
        this.title = title;
        this.fixedAtCreation = fixedAtCreation;
    }

    public String title() {
        return title;
    }

    /** Whether the setting is written into the run's first record and can never change again. */
    public boolean fixedAtCreation() {
        return fixedAtCreation;
    }
}
