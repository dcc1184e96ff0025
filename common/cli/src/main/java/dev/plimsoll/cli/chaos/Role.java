package dev.plimsoll.cli.chaos;

/** What the processes of a run are; a worker's name has its number behind. */
enum Role {
    BROKER("broker", 2),
    COORDINATOR("coordinator", 4),
    PARAMETERS("parameters", 4),
    WORKER("worker", 10);

    private final String process;
    private final int weight;

    Role(String process, int weight) {
        this.process = process;
        this.weight = weight;
    }

    String process() {
        return process;
    }

    /** How often it is hit, compared with the others. */
    int weight() {
        return weight;
    }

    static Role of(String name) {
        for (Role role : values()) {
            if (name.startsWith(role.process)) {
                return role;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no process of a run");
    }
}
