package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;

import dev.plimsoll.sources.bytes.Packing;
import dev.plimsoll.sources.bytes.UnpackLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

class PackedFilesTest {

    private static final byte[] LINES = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n".getBytes(UTF_8);

    @TempDir
    Path directory;

    @Test
    void theContentTellsNotTheName() throws IOException {
        assertThat(read("f.jsonl", gzip(LINES)))
                .containsExactly(
                        "f.jsonl: JSON lines, packed with gzip, shape text",
                        "line 1: {\"text\":\"a\"}",
                        "line 2: {\"text\":\"b\"}");
        assertThat(read("f.gz", Zstd.compress(LINES)).getFirst())
                .isEqualTo("f.gz: JSON lines, packed with zstd, shape text");
        assertThat(read("f.csv.zst", Zstd.compress("text\na\n".getBytes(UTF_8))))
                .containsExactly(
                        "f.csv.zst: CSV, packed with zstd, shape text", "row 1: {\"text\":\"a\"}");
        assertThat(read("f.jsonl.gz", LINES).getFirst())
                .isEqualTo("f.jsonl.gz: JSON lines, shape text");
    }

    @Test
    void membersOneAfterAnotherAreOneFile() throws IOException {
        assertThat(read("f.gz", joined(gzip(LINES), gzip(LINES)))).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"magic", "method", "flags", "plain", "zstd"})
    void whatFollowsTheMembersOfGzipIsTold(String what) throws IOException {
        byte[] one = gzip(LINES);
        byte[] damaged = one.clone();
        byte[] after = switch (what) {
            case "magic" -> set(damaged, 1, 0);
            case "method" -> set(damaged, 2, 7);
            case "flags" -> set(damaged, 3, 0xff);
            case "plain" -> LINES;
            default -> Zstd.compress(LINES);
        };
        assertThat(read("f.jsonl.gz", joined(one, after, one)))
                .containsExactly(
                        "f.jsonl.gz: JSON lines, packed with gzip, shape text",
                        "line 1: {\"text\":\"a\"}",
                        "line 2: {\"text\":\"b\"}",
                        "! line 3: what follows its first " + one.length + " bytes is not gzip;"
                                + " fetch the file again, or pack the whole of it anew; what comes"
                                + " after was not read");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 9, 12, 20, 40})
    void aMemberOrFrameThatIsCutShortIsTold(int bytes) throws IOException {
        for (byte[] one : List.of(gzip(LINES), Zstd.compress(LINES))) {
            int cut = Math.min(bytes, one.length - 1);
            assertThat(read("f", joined(one, Arrays.copyOf(one, cut))))
                    .contains("line 1: {\"text\":\"a\"}", "line 2: {\"text\":\"b\"}")
                    .last()
                    .asString()
                    .matches("! line [345]: the packed file ends too early; fetch it again");
        }
    }

    @Test
    void whatFollowsTheFramesOfZstdIsTold() throws IOException {
        byte[] one = Zstd.compress(LINES);
        for (byte[] after : List.of(LINES, gzip(LINES))) {
            assertThat(read("f.zst", joined(one, one, after)))
                    .hasSize(6)
                    .last()
                    .asString()
                    .startsWith("! line 5: what follows its first " + 2 * one.length
                            + " bytes is not zstd; fetch the file again");
        }
    }

    /** Tapes pad with zeros; zstd has frames to be skipped. */
    @Test
    void paddingHoldsNothing() throws IOException {
        assertThat(read("f.gz", joined(gzip(LINES), new byte[100_000]))).hasSize(3);
        assertThat(read("f.gz", joined(gzip(LINES), new byte[9], LINES)).getLast())
                .contains("is not gzip");
        byte[] skipped = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
        byte[] one = Zstd.compress(LINES);
        assertThat(read("f.zst", joined(one, skipped, one, skipped))).hasSize(5);
    }

    /** With a name, a comment, an extra field and a checksum of the header, as few write them. */
    @Test
    void aHeaderWithEverythingIsRead() throws IOException {
        byte[] plain = gzip(LINES);
        byte[] full = joined(
                set(Arrays.copyOf(plain, 10), 3, 2 + 4 + 8 + 16),
                new byte[] {2, 0, 'x', 'y', 'n', 0, 'c', 0, 1, 2},
                Arrays.copyOfRange(plain, 10, plain.length));
        assertThat(read("f.gz", joined(full, full))).hasSize(5);
        set(full, full.length - 8, ~full[full.length - 8]);
        assertThat(read("f.gz", full).getLast())
                .isEqualTo("! line 3: it cannot be read any further (the checksum of what is packed"
                        + " is another one); fetch the file again; what comes after was not read");
    }

    /** Wherever the borders of members fall in what is read at once. */
    @Test
    void aPipeGivesMembersBitByBit() throws IOException {
        for (byte[] one : List.of(gzip(LINES), Zstd.compress(LINES))) {
            byte[] three = joined(one, one, one);
            for (int atOnce : new int[] {1, 2, 7, one.length, one.length + 1}) {
                InputStream pipe = new ByteArrayInputStream(three) {
                    @Override
                    public synchronized int read(byte[] to, int offset, int length) {
                        return super.read(to, offset, Math.min(length, atOnce));
                    }
                };
                InputStream unpacked =
                        Packing.of(three).orElseThrow().unpack(pipe, UnpackLimits.DEFAULT);
                assertThat(unpacked.readAllBytes()).isEqualTo(joined(LINES, LINES, LINES));
                unpacked.close();
            }
        }
    }

    @Test
    void whatIsLargeComesOutWhole() throws IOException {
        byte[] noise = new byte[3_000_000];
        new Random(1).nextBytes(noise);
        for (byte[] content : List.of(noise, new byte[2_000_000])) {
            for (byte[] one : List.of(gzip(content), Zstd.compress(content))) {
                InputStream unpacked = Packing.of(one)
                        .orElseThrow()
                        .unpack(new ByteArrayInputStream(joined(one, one)), UnpackLimits.DEFAULT);
                assertThat(unpacked.readAllBytes()).isEqualTo(joined(content, content));
                unpacked.close();
            }
        }
    }

    @Test
    void aFileCutShortGivesWhatCameBefore() throws IOException {
        byte[] lines =
                "{\"text\":\"%s\"}\n".formatted("x".repeat(40)).repeat(9_000).getBytes(UTF_8);
        byte[] packed = Zstd.compress(lines);
        List<String> items = read("f.zst", Arrays.copyOf(packed, packed.length - 9));
        assertThat(items.getLast()).matches("! (line|file) \\d+: .*fetch .*again.*");
        byte[] zipped = gzip(lines);
        items = read("f.gz", Arrays.copyOf(zipped, zipped.length - 20));
        assertThat(items.getLast()).matches("! line \\d+: the packed file ends too early; .*");
        assertThat(items.size()).isGreaterThan(1_000);
    }

    @Test
    void aBombIsNotUnpacked() throws IOException {
        byte[] bomb = gzip("{}\n".repeat(400_000).getBytes(UTF_8));
        Path file = Files.write(directory.resolve("f.gz"), bomb);
        List<String> items = Read.lines(
                file, Read.OPTIONS.withUnpacking(new UnpackLimits(1 << 30, 100, 500_000)));
        assertThat(items.getLast())
                .startsWith("! line ")
                .contains("over 100 times as much, as no text does; look at what it holds");
        assertThat(items.size()).isBetween(100_000, 200_000);
        items = Read.lines(
                file, Read.OPTIONS.withUnpacking(new UnpackLimits(300_000, 1_000, 1 << 30)));
        assertThat(items.getLast())
                .contains("it unpacks to more than 300000 bytes, and that is the limit");
    }

    @Test
    void packedTwiceIsTold() throws IOException {
        assertThat(read("f.gz", gzip(gzip(LINES))).getLast())
                .isEqualTo("! file 1: it is packed twice; unpack it once");
    }

    private List<String> read(String name, byte[] content) throws IOException {
        return Read.lines(Files.write(directory.resolve(name), content));
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] set(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        return bytes;
    }
}
