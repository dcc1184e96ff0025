package dev.plimsoll.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Looks, before anything is started, whether a port of this machine can be had. */
public final class FreePort {

    private static final int HIGHEST = 65_535;

    private FreePort() {}

    /** Ends the command when it cannot; 0, which takes a free port, always can. */
    public static void require(int port) {
        if (port < 0 || port > HIGHEST) {
            throw CliFailure.usage("--port is " + port + "; give 0 to " + HIGHEST);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress("localhost", port));
        } catch (IOException e) {
            throw CliFailure.input("port " + port + " of localhost cannot be used ("
                    + e.getMessage() + "); give another --port, or 0 for a free one");
        }
    }
}
