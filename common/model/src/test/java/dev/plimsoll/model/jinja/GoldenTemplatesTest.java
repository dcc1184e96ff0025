package dev.plimsoll.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small templates against what Jinja2 gave; {@code src/test/python/jinja_golden.py} made them. */
class GoldenTemplatesTest {

    private static JsonNode golden;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = GoldenTemplatesTest.class.getResourceAsStream("/golden/jinja.json")) {
            golden = Cases.JSON.readTree(in);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "blocks", "random"})
    void rendersAndRefusesAsJinjaDoes(String part) {
        Cases cases = new Cases();
        for (JsonNode wanted : golden.get(part)) {
            String source = wanted.get("source").textValue();
            cases.compare(source, source, Cases.variables(golden.get("variables")), wanted);
        }
        assertThat(cases.notes).isEmpty();
    }

    @Test
    void originsChangeNoText() {
        int[] origin = {1};
        Map<String, Object> marked = new LinkedHashMap<>();
        Cases.variables(golden.get("variables"))
                .forEach((name, value) -> marked.put(name, mark(value, origin)));
        Cases cases = new Cases();
        for (String part : List.of("table", "blocks", "random")) {
            for (JsonNode wanted : golden.get(part)) {
                String source = wanted.get("source").textValue();
                cases.compare(source, source, marked, wanted);
            }
        }
        assertThat(cases.notes).isEmpty();
    }

    /** Gives each half of each string an origin of its own. */
    private static Object mark(Object value, int[] next) {
        return switch (value) {
            case String string
            when string.length() > 1 -> {
                int half =
                        string.offsetByCodePoints(0, string.codePointCount(0, string.length()) / 2);
                yield new Text(
                        string,
                        List.of(
                                new Text.Run(0, half, next[0]++),
                                new Text.Run(half, string.length(), next[0]++)));
            }
            case String string -> Text.of(string, next[0]++);
            case List<?> list -> {
                List<Object> items = new ArrayList<>();
                list.forEach(item -> items.add(mark(item, next)));
                yield items;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> marked = new LinkedHashMap<>();
                map.forEach((key, item) -> marked.put(key, mark(item, next)));
                yield marked;
            }
            case null, default -> value;
        };
    }
}
