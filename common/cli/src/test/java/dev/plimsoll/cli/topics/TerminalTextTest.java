package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.topics.TerminalText.Part;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class TerminalTextTest {

    private static final List<Part> PARTS = List.of(
            Part.of(3, "[########....]", "[##..]"),
            Part.of(0, "12/20"),
            Part.of(1, "loss 5.1234"),
            Part.of(4, "1,234 tokens/s"),
            Part.of(2, "45 s left"));

    /** One column is left free. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            200 | [########....]  12/20  loss 5.1234  1,234 tokens/s  45 s left
            62  | [########....]  12/20  loss 5.1234  1,234 tokens/s  45 s left
            61  | [########....]  12/20  loss 5.1234  45 s left
            46  | [########....]  12/20  loss 5.1234  45 s left
            45  | [##..]  12/20  loss 5.1234  45 s left
            40  | [##..]  12/20  loss 5.1234  45 s left
            30  | 12/20  loss 5.1234  45 s left
            20  | 12/20  loss 5.1234
            6   | 12/20
            """)
    void whatMattersMostIsShownAndNothingIsCut(int columns, String shown) {
        assertThat(TerminalText.fit(PARTS, columns)).isEqualTo(shown);
    }

    @Test
    void whatIsUnknownTakesNoRoom() {
        List<Part> parts = List.of(Part.of(0, "step 3"), Part.of(1, ""), Part.of(2, "paused"));
        assertThat(TerminalText.fit(parts, 80)).isEqualTo("step 3  paused");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 20, 40, 80, 200})
    void aFoldedTextHasItsWordsAndNoLongLine(int columns) {
        String text = "audit clean: 1,234,567 submitted,  12 rejected, in .../run (version 8)";
        String folded = TerminalText.fold(text, columns);
        assertThat(folded.lines())
                .allMatch(line -> line.length() < columns || !line.strip().contains(" "));
        assertThat(folded.split("\\s+")).containsExactly(text.split("\\s+"));
    }

    @Test
    void linesAfterTheFirstAreIndentedAndALongWordStaysWhole() {
        assertThat(TerminalText.fold("  a path /of/more/than/nine at 7", 10))
                .isEqualTo("  a path\n  /of/more/than/nine\n  at 7");
    }

    @Test
    void aPipeTakesAnything() {
        String text = "x ".repeat(5_000);
        assertThat(TerminalText.fold(text, TerminalText.columns(false))).isEqualTo(text);
    }
}
