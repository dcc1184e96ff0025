package dev.plimsoll.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Wrong inputs for every decoder and every reader of files: short here, long with {@code ./plimsoll
 * test --all}. {@code -Dplimsoll.fuzz.times=N} makes the long run N times as long as the short one.
 */
class FuzzTest {

    private static final int TIMES = Integer.getInteger("plimsoll.fuzz.times", 20);
    private static final long SHORT = 136;
    private static final long LONG = 613;

    @TempDir
    static Path directory;

    static List<Fuzz> readers() throws IOException {
        Path place = Files.createDirectories(directory.resolve("readers"));
        List<Fuzz> all = new ArrayList<>(Decoders.all());
        all.addAll(new Readers(place).all());
        return all;
    }

    @ParameterizedTest
    @MethodSource("readers")
    void aValueOrASentenceComesOut(Fuzz fuzz) throws IOException {
        Fuzz.Figures figures = fuzz.run(fuzz.count(), SHORT);
        assertEquals(fuzz.count(), figures.executions());
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("readers")
    void aValueOrASentenceComesOutOfMany(Fuzz fuzz) throws IOException {
        // the native library ends the process at faults that nobody has found yet
        assumeFalse(fuzz.name().equals("tokenizer.json"));
        Fuzz.Figures figures = fuzz.run(fuzz.count() * TIMES, LONG);
        System.out.println(figures);
        assertEquals(fuzz.count() * TIMES, figures.executions());
    }
}
