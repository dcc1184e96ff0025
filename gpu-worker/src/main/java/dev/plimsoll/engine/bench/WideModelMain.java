package dev.plimsoll.engine.bench;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.process.ExitCode;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Makes a model of a named shape with random weights, unless it is there, and tells in a line of
 * JSON how long it took. Arguments: SHAPE MODEL-DIR.
 */
public final class WideModelMain {

    private WideModelMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: SHAPE MODEL-DIR");
            System.exit(ExitCode.USAGE.number());
        }
        long begun = System.nanoTime();
        try {
            EngineBenchMain.makeUnlessThere(Path.of(arguments[1]), arguments[0]);
        } catch (ModelException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.INPUT.number());
        }
        System.out.printf(
                Locale.ROOT,
                "{\"figure\": \"made\", \"seconds\": %.1f}%n",
                (System.nanoTime() - begun) / 1e9);
    }
}
