package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.kafka.Clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** One embedded broker for all tests of a JVM; tests keep apart by their topic prefixes. */
public final class Brokers {

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static EmbeddedBroker shared;

    private Brokers() {}

    public static synchronized Clients shared() {
        if (shared == null) {
            try {
                Path directory = Files.createTempDirectory("plimsoll-test-broker");
                shared = EmbeddedBroker.start(directory);
                Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Clients(shared.bootstrap());
    }

    public static String newPrefix() {
        return "t" + PREFIXES.incrementAndGet();
    }
}
