package dev.plimsoll.wire.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build of Plimsoll runs. */
public final class Build {

    private static final String FILE = "/META-INF/plimsoll-build.properties";

    private Build() {}

    /** As Maven has it, e.g. 1.2.3 or 1.2.4-SNAPSHOT. */
    public static String version() {
        Properties of = new Properties();
        try (InputStream file = Build.class.getResourceAsStream(FILE)) {
            of.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return of.getProperty("version");
    }
}
