package dev.plimsoll.cli.intake;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a message to a person says what is wrong and what to do, in our words. Pure. */
final class OurWords {

    /** What libraries and stack traces say. */
    private static final Pattern FOREIGN = Pattern.compile(
            "Exception|\\[Source|REDACTED|\\b(com|org|java|dev)\\.[a-z]+\\.|JsonToken|"
                    + "StreamRead|\\bnull pointer|\\bat [a-z.]+\\([A-Z]|@[0-9a-f]{6,}");

    /** Two parts: what is wrong, and what to do. */
    private static final Pattern REMEDY = Pattern.compile("[;:] \\p{L}");

    private OurWords() {}

    /** What is wrong with the note, as a sentence; empty if nothing is. */
    static Optional<String> complaint(String note) {
        if (note.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("it has a control character");
        }
        Matcher foreign = FOREIGN.matcher(note);
        if (foreign.find()) {
            return Optional.of("it has a library's word: " + foreign.group());
        }
        return REMEDY.matcher(note).find()
                ? Optional.empty()
                : Optional.of("it does not say what to do");
    }
}
