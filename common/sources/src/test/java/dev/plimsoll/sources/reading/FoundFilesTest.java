package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.UnusableSourceException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class FoundFilesTest {

    @TempDir
    Path directory;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.createDirectories(directory.resolve("sub/.hidden"));
        Files.createDirectory(directory.resolve("empty"));
        for (String name :
                List.of("b.jsonl", "a.csv", ".c.jsonl", "sub/d.jsonl", "sub/.hidden/e.jsonl")) {
            Files.writeString(directory.resolve(name), "{\"text\":\"" + name + "\"}\n");
        }
    }

    @Test
    void aDirectorysFilesAreFoundInOrderWithoutHiddenOnes() {
        assertThat(found("")).containsExactly("a.csv", "b.jsonl", "sub/d.jsonl");
    }

    @Test
    void aPatternsFilesAreFound() {
        assertThat(found("/*.jsonl")).containsExactly("b.jsonl");
        assertThat(found("/**.jsonl")).containsExactly("b.jsonl", "sub/d.jsonl");
        assertThat(found("/{a,b}.*")).containsExactly("a.csv", "b.jsonl");
        assertThat(found("/sub/?.jsonl")).containsExactly("sub/d.jsonl");
    }

    @Test
    void aHiddenFileIsReadWhereItIsNamed() {
        assertThat(found("/.c.jsonl")).containsExactly(".c.jsonl");
    }

    @Test
    void filesAreReadOneAfterTheOther() {
        List<String> lines = Read.items(
                        List.of(directory + "/sub", "-", directory + "/b.jsonl"),
                        Read.OPTIONS,
                        "{\"text\":\"in\"}".getBytes(UTF_8))
                .stream()
                .map(item -> Read.line(item).replace(directory + "/", ""))
                .toList();
        assertThat(lines)
                .containsExactly(
                        "sub/d.jsonl: JSON lines, shape text",
                        "line 1: {\"text\":\"sub/d.jsonl\"}",
                        "stdin: JSON lines, shape text",
                        "line 1: {\"text\":\"in\"}",
                        "b.jsonl: JSON lines, shape text",
                        "line 1: {\"text\":\"b.jsonl\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nowhere.jsonl | there is no file
            x/*.jsonl     | no file matches
            *.xyz         | no file matches
            [             | is neither a file nor a pattern
            empty         | holds no files
            """)
    void whatNamesNothingIsTold(String name, String message) {
        assertThatThrownBy(() -> found("/" + name))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(message);
    }

    @Test
    void standardInputIsReadOnce() {
        assertThatThrownBy(() -> SampleSource.open(
                        List.of("-", "-"), Read.OPTIONS, InputStream.nullInputStream()))
                .hasMessageContaining("given twice");
    }

    /** Nor is it offered where it is not read. */
    @Test
    void standardInputIsRefusedWhereItIsNotRead() {
        assertThatThrownBy(() -> SampleSource.open(List.of("-"), Read.OPTIONS))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessage("- is standard input, which is not read here; put it into a file, or"
                        + " submit it with `plimsoll submit -`");
        assertThatThrownBy(() -> SampleSource.open(List.of("nowhere"), Read.OPTIONS))
                .hasMessageEndingWith("a pattern such as 'data/*.jsonl'");
        assertThat(SampleSource.open(List.of(directory + "/b.jsonl"), Read.OPTIONS)
                        .files())
                .hasSize(1);
    }

    @Test
    void aFileThatIsGoneIsToldAndTheNextIsRead() throws IOException {
        Path gone = directory.resolve("sub/d.jsonl");
        try (SampleSource source = SampleSource.open(
                List.of(gone.toString(), directory + "/b.jsonl"),
                Read.OPTIONS,
                InputStream.nullInputStream())) {
            Files.delete(gone);
            assertThat(Read.line(source.next().orElseThrow())).endsWith("not readable");
            assertThat(Read.line(source.next().orElseThrow()))
                    .isEqualTo("! file 1: the file is gone; give a file that stays");
            assertThat(Read.line(source.next().orElseThrow())).endsWith("JSON lines, shape text");
        }
    }

    @Test
    void formatsHaveNames() {
        assertThat(SourceFormat.of("csv")).isEqualTo(SourceFormat.CSV);
        assertThatThrownBy(() -> SourceFormat.of("xml"))
                .hasMessage("there is no format 'xml'; use one of jsonl, json, csv, tsv, parquet,"
                        + " text");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"q":"x","n":1}              | {"prompt":"x","n":1}
            {"n":{"q":1},"q":[{"q":2}]}  | {"n":{"q":1},"prompt":[{"q":2}]}
            ` { "q" : "q" } `            | ` { "prompt" : "q" } `
            {"\\u0071":1}                | {"prompt":1}
            {"q":1,"prompt":2}           | {"prompt":1,"unmapped.prompt":2}
            {"prompt":2}                 | {"prompt":2}
            {"a":"\\"q\\":","q":1}       | {"a":"\\"q\\":","prompt":1}
            ["q"]                        | ["q"]
            "q"                          | "q"
            {"q":1                       | {"prompt":1
            {"q                          | {"q
            """)
    void namesAreChangedAtTheTopAlone(String record, String mapped) {
        FieldMap map = FieldMap.of(List.of("prompt=q"));
        assertThat(new String(map.apply(record.getBytes(UTF_8)), UTF_8)).isEqualTo(mapped);
        assertThat(FieldMap.NONE.apply(new byte[] {1})).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompt", "=x", "prompt=", "colour=x"})
    void aMapThatIsNoneIsTold(String pair) {
        assertThatThrownBy(() -> FieldMap.of(List.of(pair)))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining("'" + pair + "'")
                .hasMessageContaining("FIELD=NAME");
    }

    @Test
    void aFieldIsMappedOnce() {
        assertThatThrownBy(() -> FieldMap.of(List.of("prompt=a", "prompt=b")))
                .hasMessageContaining("map each field once");
    }

    private List<String> found(String below) {
        try (SampleSource source = SampleSource.open(
                List.of(directory + below), Read.OPTIONS, InputStream.nullInputStream())) {
            return source.files().stream()
                    .map(SourceFile::name)
                    .map(name -> name.substring(directory.toString().length() + 1))
                    .toList();
        }
    }
}
