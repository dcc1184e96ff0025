package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;

import dev.plimsoll.sources.bytes.UnpackLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(gzip(LINES));
        two.writeBytes(gzip(LINES));
        assertThat(read("f.gz", two.toByteArray())).hasSize(5);
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
}
