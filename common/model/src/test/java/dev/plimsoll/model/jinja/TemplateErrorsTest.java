package dev.plimsoll.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plimsoll.model.jinja.TemplateError.Kind;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** What a person reads when a template cannot be used. */
class TemplateErrorsTest {

    private record Row(String source, Kind kind, int line, String message) {}

    private static final List<Row> ROWS = List.of(
            new Row("a\n{{ x|foo }}", Kind.SYNTAX, 2, "line 2: the filter 'foo' is not known"),
            new Row("{{ x is foo }}", Kind.SYNTAX, 1, "line 1: the test 'foo' is not known"),
            new Row(
                    "\n\n{% include 'x' %}",
                    Kind.UNSUPPORTED,
                    3,
                    "line 3: 'include' is not supported: it reads another template"),
            new Row(
                    "{% if true %}\n\n{{ 1 }}",
                    Kind.SYNTAX, 3, "line 3: the 'if' of line 1 has no end"),
            new Row("{% do x %}", Kind.SYNTAX, 1, "line 1: the tag 'do' is not known here"),
            new Row("{{ 1\n + foo.bar }}", Kind.UNDEFINED, 2, "line 2: 'foo' is not defined"),
            new Row("{{ m.x.y }}", Kind.UNDEFINED, 1, "line 1: a dictionary has no 'x'"),
            new Row(
                    "\n{{ 'a' + 1 }}",
                    Kind.TYPE,
                    2,
                    "line 2: '+' does not fit a string and a whole number"),
            new Row("{{ raise_exception('Own words.') }}", Kind.RAISED, 1, "Own words."),
            new Row(
                    "{{ [1]|select }}",
                    Kind.UNSUPPORTED,
                    1,
                    "line 1: printing a generator, which Python prints with its address"),
            new Row(
                    "{{ ''|urlize }}",
                    Kind.UNSUPPORTED,
                    1,
                    "line 1: the filter 'urlize' is not supported"),
            new Row(
                    "{{ 'a'.encode() }}",
                    Kind.UNSUPPORTED,
                    1,
                    "line 1: the method 'encode' of a string"),
            new Row(
                    "{{ lipsum() }}",
                    Kind.UNSUPPORTED,
                    1,
                    "line 1: the function 'lipsum' is not supported"));

    @Test
    void namesLineAndConstruct() {
        for (Row row : ROWS) {
            TemplateError error = catchThrowableOfType(
                    TemplateError.class,
                    () -> JinjaTemplate.parse(row.source())
                            .render(Map.of("m", Map.of()), Cases.NOW, Limits.DEFAULT));
            assertThat(error).as(row.source()).isNotNull().hasMessage(row.message());
            assertThat(error.kind()).isEqualTo(row.kind());
            assertThat(error.line()).isEqualTo(row.line());
        }
    }

    @Test
    void aVariableOfAnotherTypeIsTheCallersMistake() throws TemplateError {
        JinjaTemplate template = JinjaTemplate.parse("a");
        Map<String, Object> variables = Map.of("x", new Object());
        assertThatThrownBy(() -> template.render(variables, Cases.NOW, Limits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhetherGenerationIsMarked() throws TemplateError {
        assertThat(JinjaTemplate.parse("{% generation %}a{% endgeneration %}").marksGeneration())
                .isTrue();
        assertThat(JinjaTemplate.parse("{# generation #}a").marksGeneration()).isFalse();
    }
}
