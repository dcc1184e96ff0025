package dev.plimsoll.production;

import java.util.Map;

/** Three brokers, of which any one can be taken away. Brokers are numbered from 0. */
interface Cluster extends AutoCloseable {

    int BROKERS = 3;

    /** Client settings, the addresses of all of them among them. */
    Map<String, String> client();

    /** Ends it as a loss of power would. */
    void kill(int broker) throws Exception;

    /** Whether one that was killed can be started again, with its disk and under its address. */
    default boolean startsAgain() {
        return true;
    }

    /** Starts it again on what its disk holds. */
    void start(int broker) throws Exception;

    /**
     * Stops it as it stands: its connections stay, and it answers nobody, which to all others is
     * the same as a network that is cut.
     */
    void freeze(int broker) throws Exception;

    /** Lets it go on, in the belief that no time has passed. */
    void thaw(int broker) throws Exception;

    @Override
    void close();
}
