package dev.plimsoll.chaos.schedule;

import dev.plimsoll.chaos.network.Network.Lost;

import java.util.Locale;
import java.util.Set;

/**
 * Something that is done to one process.
 *
 * @param atMillis since the faults began
 * @param target the process's name, e.g. coordinator or worker-2
 * @param lastsMillis how long it stays away, frozen or cut off; 0 for what has no end
 */
public record Disturbance(long atMillis, Kind kind, String target, long lastsMillis) {

    public enum Kind {
        /** kill -9, and started again. */
        KILL("kill -9"),
        /** SIGSTOP, then SIGCONT. */
        FREEZE("SIGSTOP"),
        /** SIGTERM, and started again once it has ended. */
        LEAVE("SIGTERM"),
        ADD("add"),
        REMOVE("remove"),
        /** From the broker, both ways. */
        CUT("cut off", Lost.TO_BROKER, Lost.FROM_BROKER),
        /** What it sends is lost. */
        MUTE("mute", Lost.TO_BROKER),
        /** What is sent to it is lost. */
        DEAFEN("deafen", Lost.FROM_BROKER);

        private final String words;
        private final Set<Lost> lost;

        Kind(String words, Lost... lost) {
            this.words = words;
            this.lost = Set.of(lost);
        }

        /** Empty for what leaves the network alone. */
        public Set<Lost> lost() {
            return lost;
        }

        public String words() {
            return words;
        }
    }

    /** What a person is told. */
    public String sentence() {
        return switch (kind) {
            case KILL, LEAVE ->
                String.format(
                        Locale.ROOT,
                        "%s %s, again in %.1f s",
                        kind.words(),
                        target,
                        lastsMillis / 1e3);
            case FREEZE, CUT, MUTE, DEAFEN ->
                String.format(
                        Locale.ROOT, "%s %s for %.1f s", kind.words(), target, lastsMillis / 1e3);
            case ADD -> "add " + target;
            case REMOVE -> "remove " + target + " with SIGTERM";
        };
    }
}
