package dev.plimsoll.chaos.schedule;

/** What the processes of a run are; a worker's name has its number behind. */
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

    /** How often it is hit, compared with the others. */
    int weight() {
        return weight;
    }

    public static ProcessKind of(String name) {
        for (ProcessKind role : values()) {
            if (name.startsWith(role.process)) {
                return role;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no process of a run");
    }
}
