package dev.plimsoll.cli.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class LineReaderTest {

    @Test
    void breaksAreLineFeedsWithOrWithoutCarriageReturn() throws IOException {
        assertThat(texts("a\nb\r\n\nc\rd\n e ")).containsExactly("a", "b", "", "c\rd", " e ");
        assertThat(texts("")).isEmpty();
        assertThat(texts("a\r")).containsExactly("a\r");
        assertThat(texts("\r\r\n")).containsExactly("\r");
    }

    @Test
    void ofAnOversizeLineTheBeginningIsKeptAndTheWholeIsHashed() throws IOException {
        List<Line> lines = lines("0123456789\nok\n", 8, 3);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).whole()).isFalse();
        assertThat(lines.get(0).length()).isEqualTo(10);
        assertThat(new String(lines.get(0).bytes(), UTF_8)).isEqualTo("012");
        assertThat(lines.get(0).sha256())
                .isEqualTo("84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
        assertThat(lines.get(1).whole()).isTrue();
        assertThat(lines.get(1).number()).isEqualTo(2);
    }

    @Property
    void joinedLinesAreTheText(@ForAll List<@CharRange(from = ' ', to = 'ÿ') String> parts)
            throws IOException {
        assertThat(texts(String.join("\n", parts) + "\n"))
                .isEqualTo(parts.isEmpty() ? List.of("") : parts);
    }

    @Test
    void blankLinesAreTold() throws IOException {
        assertThat(lines(" \t\nx\n", 8, 3)).extracting(Line::blank).containsExactly(true, false);
    }

    private static List<String> texts(String text) throws IOException {
        return lines(text, 1_000_000, 10).stream()
                .map(l -> new String(l.bytes(), UTF_8))
                .toList();
    }

    private static List<Line> lines(String text, int keep, int prefix) throws IOException {
        LineReader reader =
                new LineReader(new ByteArrayInputStream(text.getBytes(UTF_8)), keep, prefix);
        List<Line> lines = new ArrayList<>();
        for (Optional<Line> line = reader.next(); line.isPresent(); line = reader.next()) {
            lines.add(line.get());
        }
        return lines;
    }
}
