package dev.plimsoll.model.text;

import java.util.Optional;

/**
 * What chat templates may call besides Jinja's own; public because the expression language calls it
 * by reflection.
 */
public final class TemplateFunctions {

    private TemplateFunctions() {}

    private static final class Raised extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Raised(String message) {
            super(message, null, false, false);
        }
    }

    /** {@code raise_exception(message)}. */
    public static String raise(Object message) {
        throw new Raised(String.valueOf(message));
    }

    /** What a template raised, if that is what ended its rendering. */
    static Optional<String> raisedIn(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Raised) {
                return Optional.of(cause.getMessage());
            }
        }
        return Optional.empty();
    }
}
