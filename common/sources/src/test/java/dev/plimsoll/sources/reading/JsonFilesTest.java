package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class JsonFilesTest {

    @TempDir
    Path directory;

    /** A stream is read no further than the line that is asked for. */
    @Test
    void aLineOfAStreamNeedsNoOther() {
        InputStream lines = new InputStream() {
            private final byte[] bytes = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n".getBytes(UTF_8);
            private int at;

            @Override
            public int read() {
                throw new AssertionError("more was asked for than there is");
            }

            @Override
            public int read(byte[] into, int from, int length) {
                // a line at a time, as from somebody who writes them
                int end = at;
                while (end < bytes.length && bytes[end++] != '\n') {
                    // on to the next
                }
                if (at == end) {
                    return read();
                }
                int count = end - at;
                System.arraycopy(bytes, at, into, from, count);
                at = end;
                return count;
            }
        };
        SourceOptions options = SourceOptions.defaults(1_000, 8).withFormat(SourceFormat.JSONL);
        try (SampleSource source = SampleSource.open(List.of("-"), options, lines)) {
            assertThat(source.next().orElseThrow()).isInstanceOf(SourceItem.Opened.class);
            assertThat(source.next().orElseThrow()).isInstanceOf(SourceItem.Record.class);
            assertThat(source.next().orElseThrow()).isInstanceOf(SourceItem.Record.class);
        }
    }

    /** Items are joined by two spaces; N, R and B stand for line feed, carriage return and mark. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"text":"a"}N{"text":"b"}N       | JSON lines, shape text  line 1: {"text":"a"}  line 2: {"text":"b"}
            {"text":"a"}RN{"text":"b"}RN     | JSON lines, shape text  line 1: {"text":"a"}  line 2: {"text":"b"}
            {"text":"a"}R{"text":"b"}R       | JSON lines, ending with carriage returns, shape text  line 1: {"text":"a"}  line 2: {"text":"b"}
            {"text":"a"}N{"text":"b"}        | JSON lines, shape text  line 1: {"text":"a"}  line 2: {"text":"b"}
            {"text":"a"}NNN {"text":"b"} N   | JSON lines, shape text  line 1: {"text":"a"}  - line 2  - line 3  line 4:  {"text":"b"} ``
            N{"a":1}N                        | JSON lines  - line 1  line 2: {"a":1}
            helloN{"text":"b"}               | JSON lines, the first record is of no known shape  line 1: hello  line 2: {"text":"b"}
            {"text":"a"N{"text":"b"}         | JSON lines, the first record is of no known shape  line 1: {"text":"a"  line 2: {"text":"b"}
            {"text":"aN{"text":"b"}          | JSON lines, the first record is of no known shape  line 1: {"text":"a  line 2: {"text":"b"}
            {"text":"a"} xN{"text":"b"}      | JSON lines, the first record is of no known shape  line 1: {"text":"a"} x  line 2: {"text":"b"}
            ["a"]N["b"]                      | JSON lines, the first record is of no known shape  line 1: ["a"]  line 2: ["b"]
            [{"text":"a"},{"text":"b"}]      | JSON array, shape text  element 1: {"text":"a"}  element 2: {"text":"b"}
            [N{"text":"a"},N{"text":"b"}N]N  | JSON array, shape text  element 1: {"text":"a"}  element 2: {"text":"b"}
            [N{"text":"a"}N{"text":"b"}N]N   | JSON array, shape text  element 1: {"text":"a"}  element 2: {"text":"b"}
            [N {N  "text": "a"N },N]         | JSON array, shape text  element 1: {N  "text": "a"N }
            BRN[{"text":"]}\\"["} , "x",5]   | JSON array, shape text  element 1: {"text":"]}\\"["}  element 2: "x"  element 3: 5
            []                               | JSON array
            {N"text":"a"N}                   | JSON objects one after another, shape text  element 1: {N"text":"a"N}
            {N"text":"a"N}N{N"text":"b"}     | JSON objects one after another, shape text  element 1: {N"text":"a"N}  element 2: {N"text":"b"}
            {"text":"a"} {"text":"b"}        | JSON objects one after another, shape text  element 1: {"text":"a"}  element 2: {"text":"b"}
            {"text":N"a"}                    | JSON objects one after another, shape text  element 1: {"text":N"a"}
            {"text"N:"a"}                    | JSON objects one after another, shape text  element 1: {"text"N:"a"}
            [{"text":"a"},{"text":           | JSON array, shape text  element 1: {"text":"a"}  ! element 2: the file ends inside the value that begins at line 1; fetch the file again if it was cut short, else look there for a quotation mark or bracket that is not closed
            [{"text":"a"}                    | JSON array, shape text  element 1: {"text":"a"}  ! element 2: the file ends at line 1 without the ] that closes its list; fetch the file again if it was cut short; the 1 elements before were read
            [{"text":"a"},N{"x":[}]N]        | JSON array, shape text  element 1: {"text":"a"}  ! element 2: at line 2 a '}' closes what was not opened so, in the value that begins at line 2; mend the file there; what comes after cannot be told apart and was not read
            [{"text":"a"}]N{"text":"b"}      | JSON array, shape text  element 1: {"text":"a"}  ! element 2: after the end of the list there is more at line 2; write one list; what comes after it was not read
            {"turns":[{"role":"user"}]}      | JSON lines, the first record is of no known shape  line 1: {"turns":[{"role":"user"}]}
            {"data":[{"text":"a"}],"n":1}    | JSON lines  ! line 1: the file is one object, and its samples are a list in the field 'data'; write that list as a file of its own (jq '.data' FILE > samples.json)
            {N"v":"1","rows":[N{"text":"a"}]} | JSON objects one after another  ! element 1: the file is one object, and its samples are a list in the field 'rows'; write that list as a file of its own (jq '.rows' FILE > samples.json)
            """)
    void givesTheRecordsOfAFile(String content, String items) throws IOException {
        Path file = directory.resolve("f.json");
        Files.writeString(
                file, content.replace("N", "\n").replace("R", "\r").replace("B", "\uFEFF"));
        assertThat(String.join("  ", Read.lines(file)))
                .isEqualTo("f.json: "
                        + items.replace("``", "").replaceAll("(?<![A-Z])N(?=[{}:\" \\n]|$)", "\n"));
    }

    @Test
    void aLineKeepsItsBytesSoThatIdsStay() throws IOException {
        Path file = directory.resolve("f.jsonl");
        Files.writeString(file, "\uFEFF {\"text\" : \"ä\\u00e4\"}\t\r\n{\"text\":\"b\"}\r");
        assertThat(Read.lines(file).subList(1, 3))
                .containsExactly(
                        "line 1: \uFEFF {\"text\" : \"ä\\u00e4\"}\t", "line 2: {\"text\":\"b\"}\r");
    }

    @Test
    void oneByteOfLatin1IsOneLine() throws IOException {
        Path file = directory.resolve("f.jsonl");
        Files.write(
                file,
                "{\"text\":\"a\"}\n{\"text\":\"é\"}\n{\"text\":\"c\"}\n".getBytes(ISO_8859_1));
        List<SourceItem> items = Read.items(List.of(file.toString()), Read.OPTIONS, new byte[0]);
        assertThat(items).hasSize(4);
        assertThat(((SourceItem.Record) items.get(2)).bytes())
                .isEqualTo("{\"text\":\"é\"}".getBytes(ISO_8859_1));
    }

    @Test
    void ofALongRecordTheBeginningIsKeptAndTheWholeIsHashed() throws IOException {
        String text = "{\"text\":\"" + "x".repeat(100) + "\"}";
        Path lines = Files.writeString(directory.resolve("f.jsonl"), text + "\n{\"text\":\"b\"}\n");
        Path list =
                Files.writeString(directory.resolve("f.json"), "[" + text + ",{\"text\":\"b\"}]");
        String oversize = ": {\"text\": of 111 ";
        assertThat(Read.lines(lines).get(1)).startsWith("> line 1" + oversize);
        assertThat(Read.lines(list).get(1))
                .isEqualTo(Read.lines(lines).get(1).replace("line", "element"));
        assertThat(Read.lines(lines).get(1))
                .endsWith(dev.plimsoll.wire.codec.Checksums.sha256Hex(text.getBytes(UTF_8))
                        .substring(0, 8));
        assertThat(Read.lines(list).get(2)).isEqualTo("element 2: {\"text\":\"b\"}");
    }

    @Test
    void aHugeObjectWithAListInItIsToldToo() throws IOException {
        Path file = directory.resolve("f.json");
        Files.writeString(file, "{\"data\":[{\"text\":\"" + "x".repeat(1000) + "\"}]}");
        assertThat(Read.lines(file, SourceOptions.defaults(64, 32)).get(1))
                .contains("its samples are a list in the field 'data'");
    }

    @Test
    void depthIsBounded() throws IOException {
        Path file = directory.resolve("f.json");
        Files.writeString(file, "[" + "[".repeat(200_000));
        assertThat(Read.lines(file).get(1))
                .startsWith("! element 1: the value that begins at line 1 has more than 100000");
    }

    @Test
    void aFormatThatIsAskedForIsTaken() throws IOException {
        Path file = Files.writeString(directory.resolve("f.json"), "[\"a\"\n,\"b\"]");
        assertThat(Read.lines(file, Read.OPTIONS.withFormat(SourceFormat.JSONL)).get(1))
                .isEqualTo("line 1: [\"a\"");
        Path lines = Files.writeString(directory.resolve("f.txt"), "{\"text\":\"a\"}\n");
        assertThat(Read.lines(lines, Read.OPTIONS.withFormat(SourceFormat.JSONL)))
                .containsExactly("f.txt: JSON lines, shape text", "line 1: {\"text\":\"a\"}");
        assertThat(Read.lines(lines, Read.OPTIONS.withFormat(SourceFormat.JSON)).get(1))
                .isEqualTo("element 1: {\"text\":\"a\"}");
    }

    @Test
    void fieldsAreRenamedBeforeTheShapeIsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("f.jsonl"), "{\"q\": 1, \"r\":\"a\"}\n");
        assertThat(Read.lines(
                        file, Read.OPTIONS.withMap(FieldMap.of(List.of("question=q", "answer=r")))))
                .containsExactly(
                        "f.jsonl: JSON lines, shape question-answer",
                        "line 1: {\"question\": 1, \"answer\":\"a\"}");
    }

    @Test
    void aSoleObjectWhoseListIsMappedIsASample() throws IOException {
        Path file = Files.writeString(
                directory.resolve("f.json"),
                "{\"turns\":[{\"role\":\"assistant\",\"content\":\"a\"}]}");
        SourceOptions options = Read.OPTIONS.withMap(FieldMap.of(List.of("messages=turns")));
        assertThat(Read.lines(file, options))
                .containsExactly(
                        "f.json: JSON lines, shape messages",
                        "line 1: {\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}]}");
    }

    @Test
    void aSoleObjectOfManyFieldsIsLookedThrough() throws IOException {
        StringBuilder object = new StringBuilder("{");
        for (int i = 0; i < 40_000; i++) {
            object.append("\"f").append(i).append("\":").append(i).append(',');
        }
        Path file = Files.writeString(
                directory.resolve("f.json"), object.append("\"data\":[{}]}").toString());
        assertThat(Read.lines(file, SourceOptions.defaults(1 << 20, 1_024)).get(1))
                .contains("a list in the field 'data'");
    }

    @Test
    void otherEncodingsAndArchivesAreNamed() throws IOException {
        Path file = directory.resolve("f.jsonl");
        Files.write(file, "{\"text\":\"a\"}\n".getBytes(UTF_16));
        assertThat(Read.lines(file))
                .containsExactly(
                        "f.jsonl: not readable",
                        "! file 1: it is text in UTF-16; write it in UTF-8 (iconv -f UTF-16 -t"
                                + " UTF-8)");
        Files.write(file, new byte[] {'P', 'K', 3, 4, 0});
        assertThat(Read.lines(file).get(1)).contains("it is a zip archive; unpack it");
        Files.write(file, new byte[0]);
        assertThat(Read.lines(file)).containsExactly("f.jsonl: empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f.jsonl", "f.csv", "f.tsv", "f.txt", "f.parquet"})
    void noBytesThrow(String name) throws IOException {
        java.util.Random random = new java.util.Random(7);
        Path file = directory.resolve(name);
        String signs = "{}[],:\"'\\ntrue 1\n\r\t;é";
        for (int round = 0; round < 100; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte)
                        (round % 2 == 0
                                ? random.nextInt(256)
                                : signs.charAt(random.nextInt(signs.length())));
            }
            Files.write(file, bytes);
            assertThat(Read.lines(file)).isNotEmpty();
        }
    }

    /** Whatever the white space between them, the elements are found with their bytes. */
    @Property(tries = 200)
    void elementsAreFoundAsTheyAre(@ForAll @Size(max = 8) List<String> texts) throws IOException {
        com.fasterxml.jackson.databind.ObjectMapper mapper =
                new com.fasterxml.jackson.databind.ObjectMapper();
        List<String> elements = new ArrayList<>();
        for (String text : texts) {
            elements.add("{ \"text\" :\n" + mapper.writeValueAsString(text) + "}");
        }
        byte[] list = ("[ " + String.join(" ,\n", elements) + "]").getBytes(UTF_8);
        List<SourceItem> items = Read.items(List.of("-"), SourceOptions.defaults(1 << 20, 8), list);
        assertThat(items.stream()
                        .skip(1)
                        .map(i -> new String(((SourceItem.Record) i).bytes(), UTF_8)))
                .isEqualTo(elements.stream()
                        .map(e -> new String(e.getBytes(UTF_8), UTF_8))
                        .toList());
    }
}
