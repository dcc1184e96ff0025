package dev.plimsoll.coordinator.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.settings.SettingProblem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Who may ask over HTTP. Kept as hashes, so that neither a dump of the heap nor the time that a
 * comparison takes tells a token.
 */
public final class HttpTokens {

    /** Shorter ones could be guessed. */
    private static final int LEAST_CHARACTERS = 20;

    private static final int MOST_BYTES = 1 << 20;

    private record Token(byte[] hash, HttpRole role) {}

    private final List<Token> tokens;

    private HttpTokens(List<Token> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /**
     * A line for each: the role, a space, the token; empty lines and those that begin with # say
     * nothing. Throws {@link SettingProblem}, which does not show any token.
     */
    public static HttpTokens read(Path file) {
        List<String> lines;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw problem(file, "which has more than a megabyte");
            }
            lines = Files.readAllLines(file, UTF_8);
        } catch (IOException e) {
            throw problem(file, "which cannot be read");
        }
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                tokens.add(token(file, i + 1, line));
            }
        }
        if (tokens.isEmpty()) {
            throw problem(file, "which names no token");
        }
        return new HttpTokens(tokens);
    }

    private static Token token(Path file, int number, String line) {
        String[] words = line.split("\\s+");
        boolean known = words.length == 2
                && (words[0].equals("viewer") || words[0].equals("operator"))
                && words[1].length() >= LEAST_CHARACTERS;
        if (!known) {
            throw problem(file, "whose line " + number + " is not understood");
        }
        return new Token(hash(words[1]), HttpRole.valueOf(words[0].toUpperCase(Locale.ROOT)));
    }

    private static SettingProblem problem(Path file, String what) {
        return new SettingProblem("http-tokens is '" + file + "', " + what
                + "; write a line for each token: `viewer` or `operator`, a space, and at least "
                + LEAST_CHARACTERS + " characters, such as `openssl rand -hex 32` makes");
    }

    /** What the token allows; empty for one that is not known. */
    public Optional<HttpRole> roleOf(String token) {
        byte[] hash = hash(token);
        Optional<HttpRole> found = Optional.empty();
        for (Token known : tokens) {
            // every one is compared, so that time tells nothing
            if (MessageDigest.isEqual(known.hash(), hash)) {
                found = Optional.of(known.role());
            }
        }
        return found;
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
