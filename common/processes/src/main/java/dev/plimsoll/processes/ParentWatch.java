package dev.plimsoll.processes;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Runs another main class in a process that ends when its standard input does. The parent holds the
 * other end and writes nothing: whatever becomes of it, kill -9 included, the child follows.
 */
public final class ParentWatch {

    private static final long GRACE_MILLIS = 10_000;

    private ParentWatch() {}

    /** The first argument is the main class, the rest are its own. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        InputStream leash = System.in;
        Thread.ofPlatform().daemon().name("leash").start(() -> {
            drain(leash);
            Thread.ofPlatform().daemon().name("leash-halt").start(ParentWatch::haltSoon);
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
                // only its end matters
            }
        } catch (IOException e) {
            // a broken pipe is an end too
        }
    }
}
