package dev.plimsoll.model.jinja;

import dev.plimsoll.model.jinja.run.Program;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A chat template, read once and rendered as Transformers renders it. Thread-safe. */
public final class JinjaTemplate {

    private final Program program;

    private JinjaTemplate(Program program) {
        this.program = program;
    }

    /** @throws TemplateError of kind SYNTAX, UNSUPPORTED or LIMIT */
    public static JinjaTemplate parse(String source) throws TemplateError {
        try {
            return new JinjaTemplate(Program.of(source));
        } catch (Failure failure) {
            throw error(failure);
        }
    }

    /** Whether a {@code {% generation %}} block is anywhere in the template. */
    public boolean marksGeneration() {
        return program.marksGeneration();
    }

    /**
     * @param variables values as JSON has them: String, {@link Text}, Boolean, whole numbers
     *     (Integer, Long, BigInteger), Double, List, Map with String keys in order, null
     * @param now what {@code strftime_now} formats
     */
    public Rendering render(Map<String, ?> variables, LocalDateTime now, Limits limits)
            throws TemplateError {
        try {
            Budget budget = new Budget(limits.maxCharacters(), limits.maxOperations());
            Map<String, Object> values = new HashMap<>();
            variables.forEach((name, value) -> values.put(name, Values.of(value, budget)));
            Program.Result result = program.run(values, now, budget);
            List<Span> generated = result.generated().stream()
                    .map(each -> new Span(each[0], each[1]))
                    .toList();
            return new Rendering(Values.text(result.text()), generated);
        } catch (Failure failure) {
            throw error(failure);
        }
    }

    private static TemplateError error(Failure failure) {
        TemplateError.Kind kind = switch (failure.kind()) {
            case SYNTAX -> TemplateError.Kind.SYNTAX;
            case UNSUPPORTED -> TemplateError.Kind.UNSUPPORTED;
            case UNDEFINED -> TemplateError.Kind.UNDEFINED;
            case TYPE -> TemplateError.Kind.TYPE;
            case RAISED -> TemplateError.Kind.RAISED;
            case LIMIT -> TemplateError.Kind.LIMIT;
            case WORK -> TemplateError.Kind.WORK;
        };
        String message = failure.line() == 0 || kind == TemplateError.Kind.RAISED
                ? failure.getMessage()
                : "line " + failure.line() + ": " + failure.getMessage();
        return new TemplateError(kind, failure.line(), message);
    }
}
