package dev.plimsoll.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds a port that a broker can have again after it was killed. It lies below the ports that
 * systems give to outgoing connections (Linux from 32768, others from 49152). Otherwise the system
 * might give that very port to a client that keeps asking for it.
 */
public final class FixedPort {

    private static final int FROM = 20_000;
    private static final int TO = 32_000;
    private static final int TRIES = 200;

    private FixedPort() {}

    /** @param host an address of this machine, on which it must be free */
    public static int find(String host) {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FROM, TO);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // the port is taken, so the next one is tried
            }
        }
        throw new IllegalStateException("none of " + TRIES + " ports between " + FROM + " and " + TO
                + " is free on " + host);
    }
}
