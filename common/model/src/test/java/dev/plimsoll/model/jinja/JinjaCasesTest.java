package dev.plimsoll.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Real templates against Transformers. Run it with {@code -Dplimsoll.templates=DIR}, a folder that
 * {@code src/test/python/jinja_cases.py} wrote.
 */
@Tag("slow")
@EnabledIfSystemProperty(named = "plimsoll.templates", matches = ".+")
class JinjaCasesTest {

    @Test
    void rendersAsTransformersDoes() throws IOException {
        Cases cases = new Cases();
        cases.run(Path.of(System.getProperty("plimsoll.templates")));
        int all = cases.counts.values().stream().mapToInt(Integer::intValue).sum();
        int agree = cases.counts.getOrDefault(Cases.Outcome.EXACT, 0)
                + cases.counts.getOrDefault(Cases.Outcome.BOTH_REFUSE, 0);
        assertThat(agree).as(cases.counts + " " + cases.notes).isGreaterThan(all * 99 / 100);
        assertThat(cases.counts)
                .doesNotContainKeys(
                        Cases.Outcome.DIFFERENT,
                        Cases.Outcome.OTHER_SPANS,
                        Cases.Outcome.NOT_REFUSED);
    }
}
