package dev.plimsoll.model.peft;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression in Python's spelling. */
final class PythonPattern {

    /** The longest there is in an adapter_config.json, many times over. */
    private static final int MOST_CHARACTERS = 1_000;

    /** Looks at characters of one name; an expression that backtracks without end needs more. */
    private static final int MOST_LOOKS = 1_000_000;

    private PythonPattern() {}

    /**
     * It takes so long to tell whether an expression matches a name that nobody can wait for it.
     */
    static final class EndlessException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EndlessException() {
            super("the regular expression takes too long", null, false, false);
        }
    }

    /** A matcher that ends. */
    static Matcher matcher(Pattern pattern, String name) {
        return pattern.matcher(new Counted(name, new AtomicInteger()));
    }

    /** Counts how often it is looked at. */
    private record Counted(CharSequence text, AtomicInteger looks) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (looks.incrementAndGet() > MOST_LOOKS) {
                throw new EndlessException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), looks);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    /** The same in Java's; empty where it is wrong or cannot be said. */
    static Optional<Pattern> of(String python) {
        if (python.length() > MOST_CHARACTERS) {
            return Optional.empty();
        }
        // a named group is a numbered one too, and nothing here asks for its name but "idx"
        String java = python.replaceAll("\\(\\?P<(?!idx>)\\w+>", "(").replace("\\Z", "\\z");
        try {
            return java.contains("(?P") ? Optional.empty() : Optional.of(Pattern.compile(java));
        } catch (PatternSyntaxException e) {
            return Optional.empty();
        }
    }
}
