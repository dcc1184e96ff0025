package dev.plimsoll.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * The embedded broker as a process of its own: {@code --dir DIR [--host HOST] [--port PORT]}. One
 * of several brokers of a cluster is also told {@code --node N --controllers HOST:PORT,…}, where
 * each of them is asked by the others, the same for each.
 *
 * <p>Prints {@code READY host:port} on standard output once clients may come. Stops cleanly on
 * SIGTERM, and when its standard input closes, so that it never outlives the process that started
 * it. Exit codes: 0 stopped as asked, 2 usage, 1 it could not start, 4 its directory cannot be
 * written any more: a full disk. They are those of the other programs, but this module depends on
 * none of ours.
 */
public final class EmbeddedBrokerMain {

    private EmbeddedBrokerMain() {}

    public static void main(String[] args) throws InterruptedException {
        Path directory = null;
        String host = "localhost";
        int port = 0;
        int node = 1;
        List<String> controllers = List.of();
        for (int i = 0; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--dir" -> directory = Path.of(args[i + 1]);
                case "--host" -> host = args[i + 1];
                case "--port" -> port = Integer.parseInt(args[i + 1]);
                case "--node" -> node = Integer.parseInt(args[i + 1]);
                case "--controllers" -> controllers = List.of(args[i + 1].split(",", -1));
                default -> usage("unknown option " + args[i]);
            }
        }
        if (directory == null) {
            usage("--dir is missing");
        }
        Path at = directory;
        String own = host;
        int listens = port;
        int which = node;
        List<String> all = controllers;
        System.exit(run(
                directory,
                () -> all.isEmpty()
                        ? EmbeddedBroker.start(at, own, listens)
                        : EmbeddedBroker.startMember(at, own, listens, which, all)));
    }

    private static int run(Path directory, Supplier<EmbeddedBroker> start)
            throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        EmbeddedBroker.whenItCannotWrite(() -> halt(directory));
        EmbeddedBroker broker;
        try {
            broker = start.get();
        } catch (IllegalStateException e) {
            tell(e);
            System.err.println(e.getMessage());
            return 1;
        } catch (RuntimeException e) {
            tell(e);
            System.err.println("the embedded broker cannot start in " + directory + ": " + e
                    + free(directory));
            return 1;
        }
        Thread.ofPlatform().daemon().name("stdin-watch").start(() -> {
            drain(System.in);
            stop.countDown();
        });
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            stop.countDown();
            await(stopped);
        }));
        System.out.println("READY " + broker.bootstrap());
        System.out.flush();
        stop.await();
        broker.close();
        stopped.countDown();
        return 0;
    }

    /** With its stack trace, where whoever started this process asks for that. */
    private static void tell(RuntimeException problem) {
        if ("1".equals(System.getenv("PLIMSOLL_DEBUG"))) {
            problem.printStackTrace();
        }
    }

    private static void halt(Path directory) {
        System.err.println("the embedded broker cannot write to " + directory + free(directory)
                + " and ends; make room there and start it again: what it has acknowledged is on"
                + " the disk");
        System.err.flush();
        Runtime.getRuntime().halt(4);
    }

    private static String free(Path directory) {
        try {
            return " (" + Files.getFileStore(directory).getUsableSpace() / 1024 + " KiB are free)";
        } catch (IOException e) {
            return "";
        }
    }

    private static void drain(InputStream in) {
        try {
            byte[] ignored = new byte[256];
            while (in.read(ignored) >= 0) {
                // only its end matters
            }
        } catch (IOException e) {
            // a broken pipe is an end too
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void usage(String problem) {
        System.err.println(problem + "; usage: --dir DIR [--host HOST] [--port PORT]"
                + " [--node N --controllers HOST:PORT,...]");
        System.exit(2);
    }
}
