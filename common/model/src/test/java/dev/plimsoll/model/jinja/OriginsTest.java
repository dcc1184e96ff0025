package dev.plimsoll.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/**
 * Each character of the output says where it comes from. Of the two variables one has letters from
 * a to m, the other from n to z; literals have digits.
 */
class OriginsTest {

    private static final List<String> OPERATIONS = List.of(
            ".strip()",
            ".strip('a1')",
            ".lstrip()",
            ".rstrip('z')",
            "[1:]",
            "[:-1]",
            "[::2]",
            "[::-1]",
            "|trim",
            ".replace('a', '0')",
            ".replace(p, q)",
            ".replace('', q)",
            ".split()|join('1')",
            ".split(q)|join(p)",
            ".rsplit('b', 1)|join",
            "|list|join('2')",
            ".splitlines()|join('3')",
            "|indent(2)",
            "|indent(q)",
            "|center(9)",
            "|reverse",
            "|tojson",
            "|tojson(indent=2)",
            " ~ p",
            " ~ 4 ~ q",
            "|string",
            "|safe",
            "|e",
            ".partition('c')|join",
            ".ljust(9, '5')",
            ".zfill(9)",
            " * 2",
            "|default(p)",
            "|truncate(5, true, '6')",
            "|first",
            "|last",
            ".expandtabs(3)",
            "|batch(2)|first|join",
            "|sort|join",
            "|unique|join",
            ".removeprefix('a')",
            ".removesuffix(q)",
            "|map('trim')|join",
            "|upper|lower",
            ".format()",
            "|replace('b', q)|trim",
            "|list|first");

    private static final List<String> STARTS = List.of(
            "(p)",
            "(q)",
            "(p ~ q)",
            "(p + '8' + q)",
            "('%s7%s' % (p, q))",
            "('{}8{}'.format(q, p))",
            "([p, {'8': q}]|tojson)",
            "(q.join([p, p]))",
            "('%r' % q)",
            "({'p': p}['p'])",
            "([p, q]|string)",
            "('{0:>9}{1!r:<9}'.format(p, q))",
            "(q|format)");

    @Property(tries = 1000)
    void eachCharacterKeepsItsOrigin(
            @ForAll("texts") String first,
            @ForAll("texts") String second,
            @ForAll("templates") String template)
            throws TemplateError {
        String p = first.toLowerCase(java.util.Locale.ROOT);
        String q = second.toLowerCase(java.util.Locale.ROOT)
                .chars()
                .map(c -> c >= 'a' && c <= 'm' ? c + 13 : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        Map<String, Object> marked = Map.of("p", Text.of(p, 1), "q", Text.of(q, 2));
        Text given;
        try {
            given = render(template, marked);
        } catch (TemplateError refused) {
            return;
        }
        assertThat(given.string())
                .isEqualTo(render(template, Map.of("p", p, "q", q)).string());
        for (int i = 0; i < given.string().length(); i++) {
            char letter = given.string().charAt(i);
            if (letter >= 'a' && letter <= 'z' && !escaped(template, p + q)) {
                assertThat(originAt(given, i))
                        .as(template + " gives " + given)
                        .isEqualTo(letter <= 'm' ? 1 : 2);
            }
        }
    }

    /** Whether escapes of JSON, Python or HTML may bring letters of their own. */
    private static boolean escaped(String template, String values) {
        boolean quotes = template.contains("|e)")
                || template.contains("|safe")
                || template.contains("tojson")
                || template.contains("r}")
                || template.contains("%r")
                || template.contains("([p, q]");
        return quotes && values.matches("(?s).*[\n\t\"<].*");
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("aabbcdm \n\t\"<\u00e9").ofMaxLength(12);
    }

    @Provide
    Arbitrary<String> templates() {
        return Combinators.combine(
                        Arbitraries.of(STARTS),
                        Arbitraries.of(OPERATIONS).list().ofMaxSize(4))
                .as((start, operations) -> {
                    String expression = start;
                    for (String operation : operations) {
                        expression = "(" + expression + operation + ")";
                    }
                    return "9{{ " + expression + " }}";
                });
    }

    private static Text render(String template, Map<String, ?> variables) throws TemplateError {
        return JinjaTemplate.parse(template)
                .render(variables, Cases.NOW, Limits.DEFAULT)
                .text();
    }

    private static int originAt(Text text, int at) {
        return text.runs().stream()
                .filter(run -> run.from() <= at && at < run.to())
                .mapToInt(Text.Run::origin)
                .findFirst()
                .orElse(0);
    }

    @Test
    void allOperationsOfTheTableKeepOrigins() throws TemplateError {
        String[][] table = {
            {"{{ p.upper() }}", "HI \"YOU\" É", "1111111111"},
            {"{{ p|tojson }}", "\"hi \\\"you\\\" é\"", "01111111111110"},
            {"{{ [p] }}", "['hi \"you\" é']", "00111111111100"},
            {"{{ p[1:4] ~ 'x' }}", "i \"x", "1110"},
            {"{{ 'a,b'.replace(',', p[:2]) }}", "ahib", "0110"},
            {"{{ 'ab'|replace('b', p)|length }}", "11", "00"},
            {"{{ p == 'hi \"you\" é' }}", "True", "0000"},
            {"{{ '%5.2s|' % p }}", "   hi|", "000110"},
            {"{{ p|e }}", "hi &#34;you&#34; é", "111111111111111111"},
            {"{% set x %}<{{ p[:2] }}>{% endset %}{{ x * 2 }}", "<hi><hi>", "01100110"},
            {"{% macro f(a) %}[{{ a }}]{% endmacro %}{{ f(p[:2])|upper }}", "[HI]", "0110"},
            {"{{ '{:_^6}{!r}'.format(p[:2], p[0]) }}", "__hi__'h'", "001100010"},
            {"{{ 'straße'.upper() ~ ('ß' ~ p[0]).upper() }}", "STRASSESSH", "0000000001"},
        };
        for (String[] row : table) {
            Text given = render(row[0], Map.of("p", Text.of("hi \"you\" é", 1)));
            assertThat(given.string()).isEqualTo(row[1]);
            StringBuilder origins = new StringBuilder();
            for (int i = 0; i < given.string().length(); i++) {
                origins.append(originAt(given, i));
            }
            assertThat(origins.toString()).as(row[0]).isEqualTo(row[2]);
        }
    }
}
