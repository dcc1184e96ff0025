package dev.plimsoll.model.jinja;

import java.time.LocalDateTime;
import java.util.Map;

/** A chat template, read once and rendered as Transformers renders it. Thread-safe. */
public final class JinjaTemplate {

    private JinjaTemplate() {}

    /** @throws TemplateError of kind SYNTAX or UNSUPPORTED */
    public static JinjaTemplate parse(String source) throws TemplateError {
        throw new UnsupportedOperationException("stub of " + source);
    }

    /** Whether a {@code {% generation %}} block is anywhere in the template. */
    public boolean marksGeneration() {
        throw new UnsupportedOperationException("stub");
    }

    /**
     * @param variables values as JSON has them: String, {@link Text}, Boolean, whole numbers
     *     (Integer, Long, BigInteger), Double, List, Map with String keys in order, null
     * @param now what {@code strftime_now} formats
     */
    public Rendering render(Map<String, ?> variables, LocalDateTime now, Limits limits)
            throws TemplateError {
        throw new UnsupportedOperationException("stub");
    }
}
