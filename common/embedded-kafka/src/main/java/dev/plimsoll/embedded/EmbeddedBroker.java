package dev.plimsoll.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real Kafka broker (KRaft, combined roles) in this process, alone or one of a cluster.
 *
 * <p>{@link #start} returns once the broker answers and has finalized
 * {@code transaction.version=2}, without which Kafka's transactions are not sound (KIP-890).
 * {@link #close} stops it and keeps its directory: starting again on the same directory finds the
 * same topics, also on another port.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final String LOCAL = "localhost";
    private static final long START_SECONDS = 60;

    private final KafkaRaftServer server;
    private final BrokerSettings settings;

    private EmbeddedBroker(KafkaRaftServer server, BrokerSettings settings) {
        this.server = server;
        this.settings = settings;
    }

    /** A broker on a free port. */
    public static EmbeddedBroker start(Path directory) {
        return start(directory, 0);
    }

    /** A broker on {@code port}; 0 picks a free one. */
    public static EmbeddedBroker start(Path directory, int port) {
        return start(directory, LOCAL, port);
    }

    /**
     * A broker with some of its properties replaced, e.g. {@code log.segment.bytes} for tests with
     * small segments.
     */
    public static EmbeddedBroker start(Path directory, int port, Map<String, String> overrides) {
        return start(directory, LOCAL, port, overrides);
    }

    /**
     * A broker for clients that reach this machine under {@code host}, a name or an address of its
     * own.
     */
    public static EmbeddedBroker start(Path directory, String host, int port) {
        return start(directory, host, port, Map.of());
    }

    private static EmbeddedBroker start(
            Path directory, String host, int port, Map<String, String> overrides) {
        int clientPort = port == 0 ? freePort(host) : requireFree(host, port);
        return start(new BrokerSettings(
                directory.toAbsolutePath(),
                host,
                clientPort,
                Quorum.alone(freePort(LOCAL)),
                overrides));
    }

    /**
     * One of several brokers of a cluster, each in a process of its own. Returns when most of them
     * have started.
     *
     * @param node which of them, from 1
     * @param controllers where each of them is asked by the others, as HOST:PORT, in their order
     */
    static EmbeddedBroker startMember(
            Path directory, String host, int port, int node, List<String> controllers) {
        return start(new BrokerSettings(
                directory.toAbsolutePath(),
                host,
                requireFree(host, port),
                new Quorum(node, controllers),
                Map.of()));
    }

    private static EmbeddedBroker start(BrokerSettings settings) {
        format(settings);
        Properties properties = new Properties();
        properties.putAll(settings.properties());
        KafkaRaftServer server =
                new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
        server.startup();
        EmbeddedBroker broker = new EmbeddedBroker(server, settings);
        try {
            broker.requireTransactionVersion();
        } catch (RuntimeException e) {
            broker.close();
            throw e;
        }
        return broker;
    }

    /**
     * Kafka ends the process in the middle of its work when it cannot write to its directory. This
     * is run instead, and must end the process; it holds for all brokers of the process.
     */
    static void whenItCannotWrite(Runnable end) {
        Exit.setHaltProcedure((code, message) -> end.run());
        Exit.setExitProcedure((code, message) -> end.run());
    }

    /** What clients put into {@code bootstrap.servers}. */
    public String bootstrap() {
        return settings.host() + ":" + settings.port();
    }

    public int port() {
        return settings.port();
    }

    public Path directory() {
        return settings.directory();
    }

    /** Stops this broker and starts one on the same directory and port. */
    public EmbeddedBroker restart() {
        close();
        return start(settings.directory(), settings.host(), settings.port(), settings.overrides());
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void format(BrokerSettings settings) {
        String directory = settings.directory().toString();
        try {
            Files.createDirectories(settings.directory());
            new Formatter()
                    .setClusterId(BrokerSettings.CLUSTER_ID)
                    .setNodeId(settings.quorum().node())
                    .setControllerListenerName(BrokerSettings.CONTROLLER)
                    .setMetadataLogDirectory(directory)
                    .addDirectory(directory)
                    .setIgnoreFormatted(true)
                    // standard output belongs to the READY line
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
                    .run();
        } catch (Exception e) {
            throw new IllegalStateException(
                    "cannot prepare " + directory + " for the embedded broker (" + e.getMessage()
                            + "): give a directory that can be written",
                    e);
        }
    }

    private void requireTransactionVersion() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            admin.describeCluster().nodes().get(START_SECONDS, TimeUnit.SECONDS);
            FinalizedVersionRange version = admin.describeFeatures()
                    .featureMetadata()
                    .get(START_SECONDS, TimeUnit.SECONDS)
                    .finalizedFeatures()
                    .get("transaction.version");
            if (version == null || version.maxVersionLevel() < 2) {
                throw new IllegalStateException("the embedded broker in " + directory()
                        + " runs transaction.version " + version
                        + ", 2 is needed: it was formatted by an older Kafka, use a new directory");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the embedded broker started", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "the embedded broker in " + directory() + " does not answer", e);
        }
    }

    private static int requireFree(String host, int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "port " + port + " is taken, or " + host + " is no address of this machine ("
                            + e.getMessage() + "): stop what listens there or give another --port",
                    e);
        }
    }

    static int freePort(String host) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no port of " + host + " can be had", e);
        }
    }

    @Override
    public String toString() {
        return "embedded broker " + bootstrap() + " in " + directory();
    }
}
