package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.SourceOptions.TextUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class TablesAndTextsTest {

    @TempDir
    Path directory;

    /** N, R, B and T stand for line feed, carriage return, mark of the byte order and tabulator. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            f.csv | prompt,completionNp,cN                 | CSV, shape prompt-completion  row 1: {"prompt":"p","completion":"c"}
            f.csv | prompt,completionRNp,cRNq,d            | CSV, shape prompt-completion  row 1: {"prompt":"p","completion":"c"}  row 2: {"prompt":"q","completion":"d"}
            f.csv | B"prompt","completion"R"p","c"R        | CSV, shape prompt-completion  row 1: {"prompt":"p","completion":"c"}
            f.csv | prompt,completionN"a ""b"", c","dNe"   | CSV, shape prompt-completion  row 1: {"prompt":"a \\"b\\", c","completion":"d\\ne"}
            f.csv | prompt;completionNa,b;c                | CSV with semicolons, shape prompt-completion  row 1: {"prompt":"a,b","completion":"c"}
            f.csv | id,textN,aN7,b                         | CSV, shape text  row 1: {"text":"a"}  row 2: {"id":"7","text":"b"}
            f.csv | textNaNNb                              | CSV, shape text  row 1: {"text":"a"}  - row 2  row 3: {"text":"b"}
            f.csv | a,bN1N2,3,4N5,6                        | CSV  ! row 1: it has 1 values and the header names 2 columns; give it as many; values with commas or line breaks belong into quotes  ! row 2: it has 3 values and the header names 2 columns; give it as many; values with commas or line breaks belong into quotes  row 3: {"a":"5","b":"6"}
            f.csv | textN"a"bN"c"                          | CSV  ! row 1: in column 1 there is text after the closing quotation mark; put the whole value into quotes, and write quotation marks inside of it twice  row 2: {"text":"c"}
            f.csv | textNa"bN"c                            | CSV, shape text  row 1: {"text":"a\\"b"}  ! row 2: the quotation mark at line 3 is never closed; close it; a quotation mark inside of quotes is written twice
            f.csv | text,textNa,b                          | CSV  ! file 1: its header names the column 'text' twice; give each column a name of its own
            f.csv | text                                   | CSV
            f.tsv | promptTcompletionNa, bT"c ""d"" e"     | TSV, shape prompt-completion  row 1: {"prompt":"a, b","completion":"c \\"d\\" e"}
            f.tsv | textNa bN                              | TSV, shape text  row 1: {"text":"a b"}
            """)
    void givesTheRowsOfATable(String name, String content, String items) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, signs(content));
        assertThat(String.join("  ", Read.lines(file, SourceOptions.defaults(100, 8))))
                .isEqualTo(name + ": " + items);
    }

    @Test
    void aLongRowIsTold() throws IOException {
        Path file = directory.resolve("f.csv");
        Files.writeString(file, "text\n" + "x".repeat(100) + "\na\n");
        assertThat(Read.lines(file).subList(1, 3))
                .containsExactly("> row 1: xxxxxxxx of 100 09ecb6eb", "row 2: {\"text\":\"a\"}");
    }

    @Test
    void aRowThatIsNoUtf8IsOneRow() throws IOException {
        Path file = directory.resolve("f.csv");
        Files.write(file, "text\né\nb\n".getBytes(ISO_8859_1));
        assertThat(Read.lines(file))
                .containsExactly(
                        "f.csv: CSV",
                        "! row 1: it holds bytes that are no UTF-8; write the file in UTF-8 (iconv"
                                + " -f LATIN1 -t UTF-8)",
                        "row 2: {\"text\":\"b\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            FILE      | Bone lineN  twoNNthreeRN | plain text, one sample of the whole file, shape text  file 1: {"text":"one line\\n  two\\n\\nthree"}
            FILE      | NN                       | plain text, one sample of the whole file  - file 1
            PARAGRAPH | NN  oneNtwo N NNthree    | plain text, one sample a paragraph, shape text  paragraph 1: {"text":"  one\\ntwo"}  paragraph 2: {"text":"three"}
            PARAGRAPH | oneRNRNtwoRN             | plain text, one sample a paragraph, shape text  paragraph 1: {"text":"one"}  paragraph 2: {"text":"two"}
            LINE      | oneNNtwoRN               | plain text, one sample a line, shape text  line 1: {"text":"one"}  - line 2  line 3: {"text":"two"}
            """)
    void givesTheTextsOfAFile(TextUnit unit, String content, String items) throws IOException {
        Path file = directory.resolve("f.txt");
        Files.writeString(file, signs(content));
        assertThat(String.join("  ", Read.lines(file, Read.OPTIONS.withTextUnit(unit))))
                .isEqualTo("f.txt: " + items);
    }

    private static String signs(String content) {
        return content.replace("N", "\n")
                .replace("R", "\r")
                .replace("B", "\uFEFF")
                .replace("T", "\t");
    }
}
