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
     * Cuts it off: its connections stay, and nobody hears of it. Where the network cannot be cut it
     * is stopped as it stands, which to all others is the same.
     */
    void freeze(int broker) throws Exception;

    /** Ends that. */
    void thaw(int broker) throws Exception;

    @Override
    void close();
}
