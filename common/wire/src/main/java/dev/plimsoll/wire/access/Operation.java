package dev.plimsoll.wire.access;

/** What may be allowed, by Kafka's names. Each but CREATE and DESCRIBE_CONFIGS implies DESCRIBE. */
public enum Operation {
    READ("read"),
    WRITE("write to"),
    DELETE("delete records of"),
    CREATE("create"),
    DESCRIBE("see"),
    DESCRIBE_CONFIGS("see the settings of");

    private final String verb;

    Operation(String verb) {
        this.verb = verb;
    }

    /** As in "may not ... topic x". */
    String verb() {
        return verb;
    }
}
