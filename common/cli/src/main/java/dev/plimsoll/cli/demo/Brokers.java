package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A broker of one's own among one's processes. */
final class Brokers {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String READY = "READY ";

    private Brokers() {}

    /** Starts it and returns its address once it answers. */
    static String await(Fleet fleet, Path directory) throws IOException, InterruptedException {
        Child broker = fleet.start("broker", Programs.broker(directory, "localhost", 0));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            fleet.requireAlive();
            for (String line : Files.readAllLines(broker.log())) {
                if (line.startsWith(READY)) {
                    return line.substring(READY.length()).strip();
                }
            }
            Thread.sleep(50);
        }
        throw CliFailure.internal(
                "the broker did not get ready within 60 s; the end of its log:\n" + broker.tail());
    }
}
