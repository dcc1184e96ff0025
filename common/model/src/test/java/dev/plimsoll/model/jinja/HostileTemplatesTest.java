package dev.plimsoll.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Templates that would take all time or memory end soon, and those that pry get nothing. */
class HostileTemplatesTest {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Of the processor's time: one second is the aim, and no test measures it. */
    private static final Duration SOON = Duration.ofMinutes(1);

    private static final String MANY = "{% for a in range(99999) %}";
    private static final String DOUBLE =
            "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                MANY + MANY + MANY + "{% endfor %}{% endfor %}{% endfor %}",
                MANY + MANY + "{{ a }}{% endfor %}{% endfor %}",
                "{{ 'a' * 10 ** 9 }}",
                "{{ [1] * 10 ** 9 }}",
                "{{ ('a' * 10 ** 7) * 10 }}",
                "{{ 'a'.center(10 ** 9) }}",
                "{{ 'a'.ljust(10 ** 9) }}",
                "{{ 'a'|center(10 ** 9) }}",
                "{{ 'a'.zfill(10 ** 9) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '%.999999999f' % 1.5 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ '{:.999999999f}'.format(1.5) }}",
                "{{ '\t'.expandtabs(10 ** 9) }}",
                "{{ 'a\na'|indent(10 ** 9) }}",
                "{{ ('a' * 10 ** 6).replace('a', 'b' * 10 ** 6) }}",
                "{{ ('a' * 10 ** 6).join('a' * 10 ** 6) }}",
                "{{ range(10 ** 9)|list }}",
                "{{ range(99999)|list * 99999 }}",
                "{{ [1]|batch(10 ** 9, 0)|list }}",
                "{{ [1]|slice(10 ** 9)|list }}",
                "{{ 10 ** (10 ** 10) }}",
                "{{ 9 ** 99999999 }}",
                DOUBLE + "+ ns.s %}{% endfor %}",
                DOUBLE + "~ ns.s ~ ns.s %}{% endfor %}",
                DOUBLE + "* 2 %}{% endfor %}",
                DOUBLE + "|replace('a', 'aa') %}{% endfor %}",
                DOUBLE + "|tojson|tojson %}{% endfor %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}"
                        + "{% set ns.l = ns.l + ns.l %}"
                        + "{% endfor %}",
                "{% set ns = namespace(n=3) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}"
                        + "{% endfor %}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}"
                        + "{% endfor %}{{ ns.l }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}"
                        + "{% endfor %}{{ ns.l|tojson }}",
                "{% set ns = namespace(l=[], m=[]) %}"
                        + "{% for i in range(9999) %}{% set ns.l = [ns.l] %}"
                        + "{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}"
                        + "{% endif %}{% endmacro %}{{ f(99) }}",
                "{% macro f() %}{{ caller }}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}",
                MANY + "{{ 'abc'.split()|sort|join|upper|tojson }}" + MANY
                        + "{% endfor %}{% endfor %}",
                MANY + "{{ ('x' * 10000).find('y') }}{{ 'x' * 9999 in 'y' }}{% endfor %}"
            })
    void endsByALimit(String source) {
        assertThat(kind(source)).isIn(TemplateError.Kind.LIMIT, TemplateError.Kind.WORK);
    }

    private static TemplateError.Kind kind(String source) {
        long start = THREADS.getCurrentThreadCpuTime();
        TemplateError error = catchThrowableOfType(
                TemplateError.class,
                () -> JinjaTemplate.parse(source).render(Map.of(), Cases.NOW, Limits.DEFAULT));
        assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start)).isLessThan(SOON);
        assertThat(error).isNotNull();
        return error.kind();
    }

    @Test
    void deepSourcesEndByALimit() {
        int deep = 20_000;
        for (String source : List.of(
                "{{ " + "(".repeat(deep) + "1" + ")".repeat(deep) + " }}",
                "{{ " + "[".repeat(deep) + "]".repeat(deep) + " }}",
                "{{ " + "-".repeat(deep) + "1 }}",
                "{{ " + "not ".repeat(deep) + "1 }}",
                "{{ 1" + " + 1".repeat(deep) + " }}",
                "{{ 1" + "|abs".repeat(deep) + " }}",
                "{{ 1" + " if 1 else 1".repeat(deep) + " }}",
                "{{ a" + ".a".repeat(deep) + " }}",
                "{{ a" + "[0".repeat(deep) + "]".repeat(deep) + " }}",
                "{% if 1 %}".repeat(deep) + "{% endif %}".repeat(deep),
                "{% for a in b %}".repeat(deep) + "{% endfor %}".repeat(deep))) {
            assertThat(kind(source))
                    .as(source.substring(0, 20))
                    .isEqualTo(TemplateError.Kind.LIMIT);
        }
    }

    @Test
    void deepVariablesEndByALimit() {
        Object deep = "x";
        for (int i = 0; i < 100_000; i++) {
            deep = Collections.singletonList(deep);
        }
        Map<String, Object> variables = Map.of("deep", deep);
        TemplateError error = catchThrowableOfType(
                TemplateError.class,
                () -> JinjaTemplate.parse("a").render(variables, Cases.NOW, Limits.DEFAULT));
        assertThat(error.kind()).isEqualTo(TemplateError.Kind.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__.__mro__ }}",
                "{{ ''.__class__() }}",
                "{{ [].__class__.__base__ }}",
                "{{ [].append(1) }}",
                "{{ {}.update({'a': 1}) }}",
                "{{ {}['__class__'].x }}",
                "{{ ''.getClass().x }}",
                "{{ range.__globals__.x }}",
                "{{ cycler.__init__.__globals__ }}",
                "{{ '{0.__class__.__mro__}'.format('') }}",
                "{{ namespace.__init__.__globals__ }}",
                "{{ (''|attr('__class__')).x }}",
                "{{ [{}]|map(attribute='__class__.x')|list }}"
            })
    void nothingBehindTheValuesIsToBeHad(String source) {
        assertThat(kind(source)).isIn(TemplateError.Kind.UNDEFINED, TemplateError.Kind.TYPE);
    }

    @Test
    void changesOfAVariableArePossibleOnlyInANamespace() throws TemplateError {
        Map<String, Object> variables = Map.of("list", List.of(1), "map", Map.of("a", 1));
        String given = JinjaTemplate.parse("{{ list.append }}{{ map.pop }}{{ list }}{{ map }}")
                .render(variables, Cases.NOW, Limits.DEFAULT)
                .text()
                .string();
        assertThat(given).isEqualTo("[1]{'a': 1}");
    }
}
