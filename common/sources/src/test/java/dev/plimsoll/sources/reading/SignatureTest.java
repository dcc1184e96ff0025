package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

class SignatureTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SQLite is a small database.",
                "SQLite format 3 is a file format.",
                "BZhang wrote this.",
                "BZh9 is no word.",
                "PK is short for Peter.",
                "%PDF-1.7 is how a PDF begins.",
                "ARROW1 is the first word.",
                "PAR1 is the first word.",
                "7z packs well."
            })
    void aTextMayBeginAlmostSo(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("f.txt"), text);
        assertThat(Read.lines(file, Read.OPTIONS).getLast())
                .isEqualTo("file 1: {\"text\":\"" + text + "\"}");
    }

    /** As the programs write them: zip, bzip2, xz, 7z, sqlite3, and an Arrow file of pyarrow. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            504b030414000000, a zip archive
            425a68393141592653592e, packed with bzip2
            fd377a585a000004, packed with xz
            377abcaf271c0004, a 7z archive
            4152524f57310000ffff, an Arrow file
            255044462d312e370a25, a PDF
            255044462d322e300d0a, a PDF
            53514c69746520666f726d617420330010, an SQLite database
            fffe00006100, text in UTF-32
            fffe6100, text in UTF-16
            feff0061, text in UTF-16
            """)
    void whatIsNoTextIsRefusedByName(String hex, String what) throws IOException {
        assertThat(last(HexFormat.of().parseHex(hex))).startsWith("! file 1: it is " + what + "; ");
    }

    @Test
    void anArchiveOfTarIsRefusedAndATextWithItsWordIsNot() throws IOException {
        String before = "x".repeat(257);
        for (String magic : new String[] {"ustar\00000", "ustar  \0"}) {
            assertThat(last((before + magic).getBytes(ISO_8859_1)))
                    .startsWith("! file 1: it is a tar archive; ");
        }
        assertThat(last((before + "ustar is a word").getBytes(UTF_8))).startsWith("> file 1: xxx");
    }

    private String last(byte[] content) throws IOException {
        Path file = Files.write(directory.resolve("f.txt"), content);
        return Read.lines(file, Read.OPTIONS).getLast();
    }
}
