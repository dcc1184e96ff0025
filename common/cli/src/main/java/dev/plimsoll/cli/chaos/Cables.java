package dev.plimsoll.cli.chaos;

import dev.plimsoll.cli.network.Network;
import dev.plimsoll.cli.network.Network.Lost;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which processes are cut off from the broker, and until when; whether they run or not makes no
 * difference.
 */
final class Cables {

    private final Network network;
    private final Map<String, Long> mendAtMillis = new TreeMap<>();

    Cables(Network network) {
        this.network = network;
    }

    void cut(String process, Set<Lost> lost, long untilMillis) {
        network.cut(process, lost);
        mendAtMillis.put(process, untilMillis);
    }

    void mendDue(long nowMillis) {
        mendAtMillis.entrySet().removeIf(entry -> {
            boolean due = entry.getValue() <= nowMillis;
            if (due) {
                network.mend(entry.getKey());
            }
            return due;
        });
    }

    void mendAll() {
        mendDue(Long.MAX_VALUE);
    }
}
