package dev.plimsoll.chaos.schedule;

/** The kinds of processes of a run. A worker's name has its number behind the name of the kind. */
public enum ProcessKind {
    BROKER("broker", 2),
    COORDINATOR("coordinator", 4),
    PARAMETERS("parameters", 4),
    WORKER("worker", 10);

    private final String process;
    private final int weight;

    ProcessKind(String process, int weight) {
        this.process = process;
        this.weight = weight;
    }

    public String process() {
        return process;
    }

    /** How often processes of this kind are disturbed, compared with the others. */
    int weight() {
        return weight;
    }

    public static ProcessKind of(String name) {
        for (ProcessKind kind : values()) {
            if (name.startsWith(kind.process)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no process of a run");
    }
}
