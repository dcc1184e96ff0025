package dev.plimsoll.cli;

import dev.plimsoll.model.files.GivenFile;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Which Plimsoll this is. */
public final class Version implements IVersionProvider {

    public static final String NUMBER = "0.1.0";

    /** The launcher writes it when it builds, and a package holds it. */
    private static final String COMMIT = "common/cli/target/commit";

    private static final int LONGEST_BYTES = 1 << 10;

    @Override
    public String[] getVersion() {
        return new String[] {sentence()};
    }

    /** Number and commit, where the commit is known. */
    public static String sentence() {
        return "plimsoll " + NUMBER
                + commit(Installation.home())
                        .map(commit -> " (commit " + commit + ")")
                        .orElse("");
    }

    static Optional<String> commit(Path home) {
        try {
            String commit = new String(
                            GivenFile.read(home.resolve(COMMIT), LONGEST_BYTES),
                            StandardCharsets.UTF_8)
                    .strip();
            return Optional.of(commit).filter(text -> !text.isEmpty());
        } catch (IOException e) {
            // built by Maven alone, or out of a repository
            return Optional.empty();
        }
    }
}
