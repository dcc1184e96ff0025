package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** The files are made by src/test/parquet/make_parquet.py. */
class ParquetFilesTest {

    private static final SourceOptions OPTIONS = SourceOptions.defaults(1_000, 8);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"snappy", "zstd", "gzip", "none"})
    void listsOfStructsAreMessages(String codec) throws IOException {
        // the name does not say that it is Parquet
        Path file = Files.write(directory.resolve("chats"), bytes("chats." + codec + ".parquet"));
        assertThat(Read.lines(file, OPTIONS))
                .containsExactly(
                        "chats: Parquet, shape messages",
                        "row 1: {\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                                + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
                                + "[{\"type\":\"function\",\"function\":{\"name\":\"weather\","
                                + "\"arguments\":\"{\\\"city\\\": \\\"Oslo\\\"}\"}}]},"
                                + "{\"role\":\"tool\",\"content\":\"cold\"},"
                                + "{\"role\":\"assistant\",\"content\":\"Zwölf Grad 😀\"}],"
                                + "\"source\":\"a\"}",
                        "row 2: {\"messages\":[{\"role\":\"assistant\",\"content\":\"\","
                                + "\"tool_calls\":[]}],\"source\":\"b\"}",
                        "row 3: {\"messages\":null,\"source\":null}");
    }

    @Test
    void valuesOfEveryTypeAreJson() throws IOException {
        Path file = Files.write(directory.resolve("f.parquet"), bytes("types.parquet"));
        assertThat(Read.lines(file, OPTIONS).get(1))
                .isEqualTo("row 1: {\"text\":\"t\",\"whole\":7,\"long\":1152921504606846976,"
                        + "\"half\":0.5,\"single\":0.1,\"nan\":null,\"truth\":true,"
                        + "\"day\":\"2026-11-29\",\"decimal\":1.50,\"tags\":[\"x\",null],"
                        + "\"map\":{\"k\":1},\"bytes\":\"/wA=\",\"large\":\"l\",\"word\":\"d\"}");
    }

    /** The library makes the sign for what cannot be read of them. */
    @ParameterizedTest
    @ValueSource(strings = {"latin", "latin-nested"})
    void textThatIsNoUtf8BreaksItsRow(String name) throws IOException {
        List<String> lines = lines(name, OPTIONS);
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1))
                .isEqualTo("! row 1: its column 'text' holds bytes that are no UTF-8; write the"
                        + " column as text in UTF-8");
        assertThat(lines.get(2)).startsWith("row 2: {\"text\":\"ok\"");
    }

    @Test
    void textThatIsNoUtf8BreaksItsRowAlsoInAChat() throws IOException {
        assertThat(lines("latin-chat", OPTIONS).get(1))
                .startsWith("! row 1: its column 'messages' holds bytes that are no UTF-8");
    }

    /** Old writers do not say that bytes are text. */
    @Test
    void bytesAreTextWhereTheyCanBeAndMustBeWhereTheyAreTrained() throws IOException {
        assertThat(lines("bytes", OPTIONS).subList(1, 3))
                .containsExactly(
                        "row 1: {\"said\":\"Y2Fm6Q==\",\"id\":\"/w==\",\"image\":\"iVBORw==\"}",
                        "row 2: {\"said\":\"ok\",\"id\":\"b\",\"image\":\"/w==\"}");
        SourceOptions mapped = OPTIONS.withMap(FieldMap.of(List.of("text=said")));
        assertThat(lines("bytes", mapped).subList(1, 3))
                .containsExactly(
                        "! row 1: its column 'said' holds bytes that are no UTF-8; write the column"
                                + " as text in UTF-8",
                        "row 2: {\"text\":\"ok\",\"id\":\"b\",\"image\":\"/w==\"}");
    }

    @Test
    void twoColumnsOfOneNameAreRefused() throws IOException {
        assertThat(lines("twice", OPTIONS).getLast())
                .isEqualTo("! file 1: it has the column 'text' twice; give each column a name of"
                        + " its own");
        assertThat(lines("twice-nested", OPTIONS).getLast())
                .startsWith("! file 1: it has the column 'role' twice");
    }

    @Test
    void numbersWithoutASignAreWhatTheyAre() throws IOException {
        assertThat(lines("unsigned", OPTIONS).subList(1, 3))
                .containsExactly(
                        "row 1: {\"id\":18446744073709551615,\"text\":\"x\","
                                + "\"whole\":4294967295,\"byte\":255,\"signed\":-1}",
                        "row 2: {\"id\":1,\"text\":\"y\",\"whole\":1,\"byte\":null,"
                                + "\"signed\":1}");
        assertThat(lines("unsigned-nested", OPTIONS).get(1))
                .isEqualTo("row 1: {\"list\":[18446744073709551615,null],"
                        + "\"map\":{\"18446744073709551615\":4294967295},"
                        + "\"words\":{\"k\":\"v\"}}");
    }

    @Test
    void rowGroupsFollowEachOther() throws IOException {
        Path file = Files.write(directory.resolve("f.parquet"), bytes("many.parquet"));
        List<String> lines = Read.lines(file, OPTIONS);
        assertThat(lines).hasSize(20_001);
        for (int i : new int[] {0, 4_999, 5_000, 19_999}) {
            assertThat(lines.get(i + 1))
                    .startsWith("row " + (i + 1) + ": {\"text\":\"%05d ".formatted(i));
        }
    }

    @Test
    void brotliIsRefusedByName() throws IOException {
        Path file = Files.write(directory.resolve("f.parquet"), bytes("chats.brotli.parquet"));
        assertThat(Read.lines(file))
                .last()
                .asString()
                .startsWith("! file 1: it is Parquet compressed with Brotli")
                .contains("zstd");
    }

    @Test
    void aFileCutShortIsRefused() throws IOException {
        byte[] whole = bytes("many.parquet");
        for (int length : new int[] {4, 100, whole.length / 2, whole.length - 1}) {
            Path file = directory.resolve(length + ".parquet");
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(Read.lines(file))
                    .as("cut to " + length)
                    .hasSize(2)
                    .last()
                    .asString()
                    .startsWith("! file 1: it begins as a Parquet file and does not end as one")
                    .contains("fetch the file again: it may be cut short");
        }
    }

    @Test
    void aFileWithChangedBytesNeverThrows() throws IOException {
        byte[] whole = bytes("chats.gzip.parquet");
        java.util.Random random = new java.util.Random(3);
        for (int round = 0; round < 60; round++) {
            Path file = directory.resolve(round + ".parquet");
            byte[] changed = whole.clone();
            for (int i = 0; i < 3; i++) {
                changed[4 + random.nextInt(changed.length - 8)] = (byte) random.nextInt(256);
            }
            Files.write(file, changed);
            assertThat(Read.lines(file)).isNotEmpty();
        }
    }

    /** If the file were mapped, the system would end this process. */
    @Test
    void aFileThatIsShortenedWhileItIsReadIsRefusedOrWasRead() throws IOException {
        Path file = Files.write(directory.resolve("f.parquet"), bytes("many.parquet"));
        int rows = 0;
        int broken = 0;
        try (SampleSource source = SampleSource.open(
                List.of(file.toString()), OPTIONS, InputStream.nullInputStream())) {
            for (var item = source.next(); item.isPresent(); item = source.next()) {
                rows += item.get() instanceof SourceItem.Record ? 1 : 0;
                if (rows == 1) {
                    try (FileChannel shortened = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        shortened.truncate(50);
                    }
                }
                if (item.get() instanceof SourceItem.Broken is) {
                    broken++;
                    assertThat(is.reason()).contains("it was written while it was read");
                }
            }
        }
        assertThat(broken == 1 || rows == 20_000).isTrue();
    }

    @Test
    void standardInputIsNoPlaceForIt() throws IOException {
        List<SourceItem> items = Read.items(List.of("-"), OPTIONS, bytes("types.parquet"));
        assertThat(Read.line(items.getLast()))
                .isEqualTo("! file 1: it is Parquet, and that is read from its end; give the file"
                        + " itself, not packed and not by standard input");
    }

    private List<String> lines(String name, SourceOptions options) throws IOException {
        String file = name + ".parquet";
        return Read.lines(Files.write(directory.resolve(file), bytes(file)), options);
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = ParquetFilesTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
