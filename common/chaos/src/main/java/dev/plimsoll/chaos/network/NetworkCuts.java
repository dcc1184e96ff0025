package dev.plimsoll.chaos.network;

import dev.plimsoll.chaos.network.Network.Lost;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which processes are cut off from the broker, and until when; whether they run or not makes no
 * difference.
 */
public final class NetworkCuts {

    private final Network network;
    private final Map<String, Long> mendAtMillis = new TreeMap<>();

    public NetworkCuts(Network network) {
        this.network = network;
    }

    public void cut(String process, Set<Lost> lost, long untilMillis) {
        network.cut(process, lost);
        mendAtMillis.put(process, untilMillis);
    }

    public void mendDue(long nowMillis) {
        mendAtMillis.entrySet().removeIf(entry -> {
            boolean due = entry.getValue() <= nowMillis;
            if (due) {
                network.mend(entry.getKey());
            }
            return due;
        });
    }

    public void mendAll() {
        mendDue(Long.MAX_VALUE);
    }
}
