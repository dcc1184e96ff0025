package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * Writes files of malformed samples. Each malformed line stands behind a valid one, its neighbour.
 */
final class MalformedFiles {

    private static final int LONG_LINE_BYTES = 100_000_000;
    private static final int BOMB_MEBIBYTES = 256;
    private static final byte[] PARQUET = "PAR1".getBytes(UTF_8);
    private static final int PARQUET_BYTES = 4_000;

    private final Path directory;
    private final SplittableRandom random;
    private final Map<String, Fault> lines = new TreeMap<>();
    private final Map<String, String> unreadable = new TreeMap<>();
    private final String prefix;
    private long neighbours;

    /** @param directory is made */
    MalformedFiles(Path directory, long seed) throws IOException {
        this.directory = Files.createDirectory(directory);
        this.random = new SplittableRandom(seed);
        this.prefix = directory.getFileName().toString();
    }

    /** Malformed lines by their place, {@code file:line}. */
    Map<String, Fault> lines() {
        return lines;
    }

    /** What is wrong with a file of which a place cannot be read, by the file's name. */
    Map<String, String> unreadable() {
        return unreadable;
    }

    /** How many valid samples were written. */
    long neighbours() {
        return neighbours;
    }

    /** A file of so many malformed lines, of the kinds in turn. */
    void lines(String name, FaultTurns turns, int count) throws IOException {
        try (OutputStream out = open(name)) {
            for (int i = 0; i < count; i++) {
                out.write(line(neighbour()));
                Fault fault = turns.next();
                lines.put(name + ":" + 2 * (i + 1), fault);
                out.write(fault.bytes(random));
                out.write('\n');
            }
        }
    }

    /** Lines that are longer than anything that is sent. */
    void longLines(String name, Fault fault, int count) throws IOException {
        try (OutputStream out = open(name)) {
            byte[] piece = "load ".repeat(100_000).getBytes(UTF_8);
            for (int i = 0; i < count; i++) {
                out.write(line(neighbour()));
                lines.put(name + ":" + 2 * (i + 1), fault);
                out.write(("{\"text\": \"" + i).getBytes(UTF_8));
                for (int written = 0; written < LONG_LINE_BYTES; written += piece.length) {
                    out.write(piece);
                }
                out.write(line("\"}"));
            }
        }
    }

    /** Files that cannot be read to their ends, each with a valid sample where its form allows. */
    void unreadableFiles(int each) throws IOException {
        for (int i = 0; i < each; i++) {
            bomb("bomb-" + i + ".jsonl.gz");
            whole("cut-" + i + ".jsonl.gz", "a gzip file that is cut short", cutGzip());
            whole("cut-" + i + ".parquet", "a Parquet file that is cut short", cutParquet());
            whole(
                    "cut-" + i + ".json",
                    "a JSON list that is cut short",
                    ("[" + neighbour() + ",\n {\"text\": \"a").getBytes(UTF_8));
            neighbours--; // of a table
            whole(
                    "columns-" + i + ".csv",
                    "a table's row with a field too many",
                    ("prompt,completion\nHow " + i + "?,So.\nHow?,So,or so.\n").getBytes(UTF_8));
            neighbours++;
            neighbours++;
            whole(
                    "wide-" + i + ".jsonl",
                    "a text in UTF-16",
                    "{\"text\": \"a\"}\n".getBytes(UTF_16));
        }
    }

    /** Files that look malformed and are read: with a mark of the byte order, returns alone. */
    void oddFiles() throws IOException {
        Files.write(
                directory.resolve("mark.jsonl"),
                ("\ufeff" + neighbour() + "\n" + neighbour() + "\n").getBytes(UTF_8));
        Files.write(
                directory.resolve("returns.jsonl"),
                (neighbour() + "\r" + neighbour() + "\r").getBytes(UTF_8));
        Files.write(
                directory.resolve("both.jsonl"),
                (neighbour() + "\r\n" + neighbour()).getBytes(UTF_8));
        Files.write(directory.resolve("special.jsonl"), line(special()));
    }

    private String special() {
        neighbours++;
        return "{\"messages\": [{\"role\": \"user\", \"content\": \"<eos><|assistant|>load\"}, "
                + "{\"role\": \"assistant\", \"content\": \"No.\"}]}";
    }

    private String neighbour() {
        neighbours++;
        return valid(prefix + "-" + neighbours);
    }

    /** A short sample that is trained. */
    static String valid(String id) {
        return "{\"id\": \"" + id + "\", \"prompt\": \"Load " + id
                + "?\", \"completion\": \"Yes.\"}";
    }

    private OutputStream open(String name) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(directory.resolve(name)));
    }

    private void whole(String name, String what, byte[] bytes) throws IOException {
        unreadable.put(name, what);
        Files.write(directory.resolve(name), bytes);
    }

    private void bomb(String name) throws IOException {
        unreadable.put(name, "a gzip file that holds a thousand times its size");
        byte[] mebibyte = new byte[1 << 20];
        Arrays.fill(mebibyte, (byte) ' ');
        try (OutputStream out = new GZIPOutputStream(open(name))) {
            out.write(line(neighbour()));
            for (int i = 0; i < BOMB_MEBIBYTES; i++) {
                out.write(mebibyte);
            }
        }
    }

    private byte[] cutGzip() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(line(valid("never")));
        }
        // the checksum and the end are missing: nothing of so short a file is read
        return Arrays.copyOf(bytes.toByteArray(), bytes.size() - 20);
    }

    private byte[] cutParquet() {
        byte[] bytes = Arrays.copyOf(PARQUET, PARQUET_BYTES);
        for (int i = PARQUET.length; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static byte[] line(String text) {
        return (text + "\n").getBytes(UTF_8);
    }
}
