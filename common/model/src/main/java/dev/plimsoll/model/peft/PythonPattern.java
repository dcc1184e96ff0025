package dev.plimsoll.model.peft;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression in Python's spelling. */
final class PythonPattern {

    private PythonPattern() {}

    /** The same in Java's; empty where it is wrong or cannot be said. */
    static Optional<Pattern> of(String python) {
        // a named group is a numbered one too, and nothing here asks for its name but "idx"
        String java = python.replaceAll("\\(\\?P<(?!idx>)\\w+>", "(").replace("\\Z", "\\z");
        try {
            return java.contains("(?P") ? Optional.empty() : Optional.of(Pattern.compile(java));
        } catch (PatternSyntaxException e) {
            return Optional.empty();
        }
    }
}
