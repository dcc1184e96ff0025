package dev.plimsoll.chaos.schedule;

import dev.plimsoll.chaos.network.Network.Lost;

import java.util.Locale;
import java.util.Set;

/**
 * Something that is done to one process.
 *
 * @param atMillis when it is done, since the disturbances began
 * @param target the name of the process, e.g. coordinator or worker-2
 * @param lastsMillis how long the process stays away, frozen or cut off; 0 if there is no end
 */
public record Disturbance(long atMillis, Kind kind, String target, long lastsMillis) {

    public enum Kind {
        /** The process is ended with kill -9 and started again. */
        KILL("kill -9"),
        /** The process is stopped with SIGSTOP and goes on with SIGCONT. */
        FREEZE("SIGSTOP"),
        /** The process is asked with SIGTERM to end and started again after it has ended. */
        LEAVE("SIGTERM"),
        ADD("add"),
        REMOVE("remove"),
        /** The process is cut off from the broker in both directions. */
        CUT("cut off", Lost.TO_BROKER, Lost.FROM_BROKER),
        /** What the process sends to the broker is lost. */
        MUTE("mute", Lost.TO_BROKER),
        /** What the broker sends to the process is lost. */
        DEAFEN("deafen", Lost.FROM_BROKER);

        private final String words;
        private final Set<Lost> lost;

        Kind(String words, Lost... lost) {
            this.words = words;
            this.lost = Set.of(lost);
        }

        /** Which packets are lost. It is empty if the network is left alone. */
        public Set<Lost> lost() {
            return lost;
        }

        public String words() {
            return words;
        }
    }

    /** A sentence that says what is done. */
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
