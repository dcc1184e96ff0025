package dev.plimsoll.cli.chaos;

/**
 * Something that is done to one process.
 *
 * @param atMillis since the faults began
 * @param target the process's name, e.g. coordinator or worker-2
 * @param lastsMillis how long it stays away or frozen; 0 for what has no end
 */
record Fault(long atMillis, Kind kind, String target, long lastsMillis) {

    enum Kind {
        /** kill -9, and started again. */
        KILL("kill -9"),
        /** SIGSTOP, then SIGCONT. */
        FREEZE("SIGSTOP"),
        /** SIGTERM, and started again once it has ended. */
        LEAVE("SIGTERM"),
        ADD("add"),
        REMOVE("remove");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** What a person is told. */
    String sentence() {
        return switch (kind) {
            case KILL -> String.format(java.util.Locale.ROOT, "kill -9 %s, again in %.1f s", target, lastsMillis / 1e3);
            case FREEZE -> String.format(java.util.Locale.ROOT, "SIGSTOP %s for %.1f s", target, lastsMillis / 1e3);
            case LEAVE ->
                String.format(java.util.Locale.ROOT, "SIGTERM %s, again in %.1f s", target, lastsMillis / 1e3);
            case ADD -> "add " + target;
            case REMOVE -> "remove " + target + " with SIGTERM";
        };
    }
}
