package dev.plimsoll.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;

class ShownTest {

    /** ESC, CSI in one character, a line's end, and letters that are written from right to left. */
    private static final String STRANGE = "a\u001b[2Jb\u009bc\u2028d\u202ee ü";

    @Test
    void aLineSteersNoTerminal() {
        assertThat(Shown.line(STRANGE, 100)).isEqualTo("a?[2Jb?c?d?e ü");
        assertThat(Shown.line("abcdef", 4)).isEqualTo("abc…");
    }

    @Test
    void jsonSteersNoTerminalAndSaysTheSame() throws Exception {
        ObjectMapper json = Json.mapper();
        String written = json.writeValueAsString(json.createObjectNode().put("key", STRANGE));
        String shown = Shown.json(written);
        assertThat(shown).contains("\\u009b", "\\u2028", "\\u202e", "ü");
        assertThat(shown.chars()).noneMatch(c -> Character.isISOControl((int) c) || c == 0x202e);
        assertThat(json.readTree(shown)).isEqualTo(json.readTree(written));
        assertThat(Shown.json("{}")).isEqualTo("{}");
    }
}
