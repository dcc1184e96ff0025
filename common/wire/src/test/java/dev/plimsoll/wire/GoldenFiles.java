package dev.plimsoll.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.codec.Checksums;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SequencedMap;

/**
 * The golden files with their index, which has a line for each in the order in which they were
 * added: SHA-256, two spaces, name. The file of a record is {@code <ce_type>.json}; when it is
 * given a component, another is added as {@code <ce_type>+<component>.json}, and the first stays.
 *
 * @param hashes SHA-256 by file name
 */
record GoldenFiles(SequencedMap<String, String> hashes) {

    static final Path DIRECTORY = Path.of("src/test/resources/golden");
    static final Path INDEX = DIRECTORY.resolve("INDEX");

    static GoldenFiles read() throws IOException {
        SequencedMap<String, String> hashes = new java.util.LinkedHashMap<>();
        for (String line : Files.readAllLines(INDEX)) {
            String[] parts = line.split(" {2}");
            if (hashes.put(parts[1], parts[0]) != null) {
                throw new IllegalStateException(parts[1] + " is twice in " + INDEX);
            }
        }
        return new GoldenFiles(hashes);
    }

    /** Oldest first. */
    List<String> of(String ceType) {
        return hashes.sequencedKeySet().stream()
                .filter(name -> name.equals(ceType + ".json") || name.startsWith(ceType + "+"))
                .toList();
    }

    String text(String file) throws IOException {
        return Files.readString(DIRECTORY.resolve(file));
    }

    void add(String file, String text) throws IOException {
        Files.writeString(DIRECTORY.resolve(file), text, StandardOpenOption.CREATE_NEW);
        String hash = Checksums.sha256Hex(text);
        Files.write(INDEX, (hash + "  " + file + "\n").getBytes(UTF_8), StandardOpenOption.APPEND);
        hashes.put(file, hash);
    }
}
