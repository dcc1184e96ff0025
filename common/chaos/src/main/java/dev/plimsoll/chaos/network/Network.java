package dev.plimsoll.chaos.network;

import java.util.List;
import java.util.Set;

/**
 * The network between the broker and the processes that talk to it. Processes are known by their
 * names.
 */
public interface Network extends AutoCloseable {

    /**
     * Which packets between a process and the broker are lost. Neither side is told: there is no
     * reset and no refusal.
     */
    enum Lost {
        TO_BROKER,
        FROM_BROKER
    }

    /** The address on which the broker listens. This process and all others reach it there. */
    String host();

    /** The address of a process itself. */
    String address(String process);

    /**
     * The command line that runs a process's command in the process's place of the network. The
     * process id stays that of the program.
     */
    List<String> at(String process, List<String> command);

    /** Cuts a process off until {@link #mend}, even if it is started again meanwhile. */
    void cut(String process, Set<Lost> lost);

    /** Ends every cut of that process. Nothing happens if there is none. */
    void mend(String process);

    /** Removes the network. Processes that still run in it cannot reach the broker any more. */
    @Override
    void close();
}
