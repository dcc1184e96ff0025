package dev.plimsoll.model.jinja;

/**
 * What one rendering may use at most.
 *
 * @param maxCharacters of every string that arises, the output among them
 * @param maxOperations statements, expressions and elements of lists that are evaluated
 */
public record Limits(int maxCharacters, long maxOperations) {

    public static final Limits DEFAULT = new Limits(16 << 20, 20_000_000);
}
