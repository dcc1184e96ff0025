package dev.plimsoll.processes;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Runs another main class in a process that ends when its parent ends. The parent holds the other
 * end of this process's standard input and writes nothing to it. When the parent ends, even by kill
 * -9, the system closes that end, and this process exits.
 *
 * <p>It uses nothing but the JDK, not even the table of exit codes, because a coordinator's own
 * classes lie behind the class loader of Quarkus, which does not exist yet.
 */
public final class ParentWatch {

    private static final long GRACE_MILLIS = 10_000;

    private ParentWatch() {}

    /** The first argument is the name of the main class. The other arguments are passed to it. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        InputStream parent = System.in;
        Thread.ofPlatform().daemon().name("parent-watch").start(() -> {
            drain(parent);
            Thread.ofPlatform().daemon().name("parent-watch-halt").start(ParentWatch::haltSoon);
            System.exit(0);
        });
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        try {
            Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object)
                    rest);
        } catch (InvocationTargetException e) {
            e.getCause().printStackTrace();
            System.exit(1);
        }
    }

    private static void haltSoon() {
        try {
            Thread.sleep(GRACE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void drain(InputStream in) {
        try {
            byte[] ignored = new byte[256];
            while (in.read(ignored) >= 0) {
                // what is read is ignored; the loop waits for the end
            }
        } catch (IOException e) {
            // a broken pipe means the same as the end of the input
        }
    }
}
