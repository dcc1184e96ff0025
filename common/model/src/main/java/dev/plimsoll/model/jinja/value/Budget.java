package dev.plimsoll.model.jinja.value;

/** What one rendering may still use. Every loop, call and string is charged before it is made. */
public final class Budget {

    /** As deep as values, calls and loops may be nested. */
    private static final int MAX_DEPTH = 160;

    private static final int CHARACTERS_PER_OPERATION = 6;

    private final int maxCharacters;
    private final long maxOperations;
    private final int maxDepth;
    private long used;
    private int depth;

    public Budget(int maxCharacters, long maxOperations) {
        this(maxCharacters, maxOperations, MAX_DEPTH);
    }

    private Budget(int maxCharacters, long maxOperations, int maxDepth) {
        this.maxCharacters = maxCharacters;
        this.maxOperations = maxOperations;
        this.maxDepth = maxDepth;
    }

    /** For what is done once to a value that was read, and so is bounded already. */
    public static Budget unlimited() {
        return new Budget(Integer.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);
    }

    public void step() {
        steps(1);
    }

    public void steps(long count) {
        used += count;
        if (used > maxOperations || used < 0) {
            throw new Failure(
                    Failure.Kind.WORK,
                    0,
                    "the template takes more than " + maxOperations + " operations");
        }
    }

    /** A string of so many characters is about to be made. */
    public void characters(long count) {
        if (count > maxCharacters) {
            throw Failure.limit("a string of " + count + " characters is more than the limit of "
                    + maxCharacters);
        }
        steps(1 + count / CHARACTERS_PER_OPERATION);
    }

    /** A list of so many elements is about to be made. */
    public void elements(long count) {
        steps(1 + Math.max(count, 0));
    }

    public void enter() {
        if (++depth > maxDepth) {
            throw Failure.limit("calls or values are nested more than " + maxDepth + " deep");
        }
    }

    public void leave() {
        depth--;
    }

    int maxCharacters() {
        return maxCharacters;
    }
}
