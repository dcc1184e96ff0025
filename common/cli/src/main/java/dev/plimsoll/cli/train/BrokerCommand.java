package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.DiskSpace;
import dev.plimsoll.cli.FreePort;
import dev.plimsoll.cli.demo.OwnBroker;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

@Command(
        name = "broker",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a Kafka broker for development, until it is interrupted.",
            "",
            "It is one process without replicas, encryption or passwords, and listens on this "
                    + "machine alone. For anything that must not be lost, run Apache Kafka.",
            ""
        })
final class BrokerCommand implements Callable<Integer> {

    private static final int HEAP_MEBIBYTES = 512;
    private static final long LOOK_MILLIS = 200;
    /** Kafka writes this file into a directory that it has prepared. */
    private static final String FORMATTED = "meta.properties";

    @Spec
    CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            required = true,
            description = "The topics are kept in this directory, over restarts too.")
    Path directory;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "9092",
            description = "The broker listens on this port; 0 takes a free one. Default: "
                    + "${DEFAULT-VALUE}.")
    int port;

    @Override
    public Integer call() throws Exception {
        FreePort.require(port);
        RunDirectory place = new RunDirectory(directory.toAbsolutePath().normalize());
        requireOurs(place);
        DiskSpace.require(place.root());
        Files.createDirectories(place.logs());
        try (ProcessGroup group = ProcessGroup.unsupervised(place.logs())) {
            String address = OwnBroker.start(group, place.broker(), port, HEAP_MEBIBYTES);
            PrintWriter out = spec.commandLine().getOut();
            out.println("a broker for development answers at " + address + "; its topics are in "
                    + place.broker() + "; Ctrl-C ends it");
            out.flush();
            while (group.firstEnded().isEmpty()) {
                Thread.sleep(LOOK_MILLIS);
            }
            ManagedProcess broker = group.firstEnded().orElseThrow();
            throw CliFailure.ofChild(broker.name(), broker.exitCode(), broker.log(), broker.tail());
        }
    }

    /** A new or empty directory, or one in which a broker ran. */
    private static void requireOurs(RunDirectory place) throws IOException {
        Path root = place.root();
        if (!Files.exists(root) || Files.isRegularFile(place.broker().resolve(FORMATTED))) {
            return;
        }
        if (!Files.isDirectory(root)) {
            throw new ForeignFileException(
                    "'" + root + "' is not a directory; give --dir a directory");
        }
        try (Stream<Path> entries = Files.list(root)) {
            if (entries.findAny().isPresent()) {
                throw new ForeignFileException("'" + root + "' holds files of others; give --dir a "
                        + "directory that does not exist yet, or one in which a broker ran");
            }
        }
    }
}
