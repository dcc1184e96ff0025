package dev.plimsoll.wire.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;

/**
 * Looks who listens at an address, for a sentence about a connection that failed. It offers TLS,
 * which a Kafka listener without TLS answers by closing the connection.
 */
final class ListenerProbe {

    /** Who listens. */
    enum Answer {
        TLS,
        OTHER,
        CLOSED
    }

    private static final int PATIENCE_MILLIS = 2_000;

    /** The first byte of TLS records: an alert or a part of the handshake (RFC 8446, 5.1). */
    private static final int ALERT = 21;

    private static final int HANDSHAKE = 22;

    private ListenerProbe() {}

    /** Asks the first of the addresses, which have commas between them. */
    static Answer of(String bootstrap) {
        String first = bootstrap.split(",", -1)[0].strip();
        int colon = first.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            String host = first.substring(0, Math.max(0, colon)).replaceAll("[\\[\\]]", "");
            int port = Integer.parseInt(first.substring(colon + 1));
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return offerTls(socket);
        } catch (IOException | RuntimeException e) {
            return Answer.CLOSED;
        }
    }

    private static Answer offerTls(Socket socket) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            SSLEngineResult wrapped = engine.wrap(ByteBuffer.allocate(0), hello);
            socket.getOutputStream().write(hello.array(), 0, wrapped.bytesProduced());
            InputStream in = socket.getInputStream();
            int type = in.read();
            return type == ALERT || type == HANDSHAKE ? Answer.TLS : Answer.OTHER;
        } catch (IOException | GeneralSecurityException e) {
            return Answer.OTHER;
        }
    }
}
