package dev.plimsoll.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port that a broker can have again after it was killed. Below those that systems give to
 * outgoing connections (Linux from 32768, others from 49152): a client that keeps asking for a port
 * of theirs may be given that very port.
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
                // taken: another
            }
        }
        throw new IllegalStateException("none of " + TRIES + " ports between " + FROM + " and " + TO
                + " is free on " + host);
    }
}
