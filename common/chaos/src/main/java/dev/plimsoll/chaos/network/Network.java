package dev.plimsoll.chaos.network;

import java.util.List;
import java.util.Set;

/**
 * What lies between the broker and the processes that talk to it. Processes are known by their
 * names.
 */
public interface Network extends AutoCloseable {

    /**
     * Of the packets between a process and the broker, those that never arrive. Nobody is told: no
     * reset, no refusal.
     */
    enum Lost {
        TO_BROKER,
        FROM_BROKER
    }

    /** Where the broker listens; this process and all others reach it there. */
    String host();

    /**
     * A process's command line, such that it runs at its place. Its process id stays the program's
     * own.
     */
    List<String> at(String process, List<String> command);

    /** Until {@link #mend}, also for what is started there meanwhile. */
    void cut(String process, Set<Lost> lost);

    /** Ends every cut of that process; nothing happens where there is none. */
    void mend(String process);

    /** Removes what was made. Those who still run there lose the broker for good. */
    @Override
    void close();
}
