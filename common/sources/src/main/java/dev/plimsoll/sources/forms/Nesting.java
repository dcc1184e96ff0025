package dev.plimsoll.sources.forms;

import java.util.BitSet;

/** How deep in brackets and strings a JSON value is, byte by byte. */
final class Nesting {

    /** Deeper values end the reading of a file; the parser refuses far flatter ones. */
    static final int MAX_DEPTH = 100_000;

    enum State {
        /** The value goes on. */
        INSIDE,
        /** This byte was its last. */
        ENDED,
        /** This bracket closes none of its kind, or there are too many. */
        BROKEN
    }

    private final BitSet objects = new BitSet();
    private int depth;
    private boolean inString;
    private boolean escaped;

    boolean inString() {
        return inString;
    }

    int depth() {
        return depth;
    }

    /** Takes the next byte of a value that begins with a bracket or a quotation mark. */
    State add(int b) {
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inString = false;
                return depth == 0 ? State.ENDED : State.INSIDE;
            }
            return State.INSIDE;
        }
        return switch (b) {
            case '"' -> {
                inString = true;
                yield State.INSIDE;
            }
            case '{', '[' -> {
                objects.set(depth++, b == '{');
                yield depth > MAX_DEPTH ? State.BROKEN : State.INSIDE;
            }
            case '}', ']' -> {
                if (depth == 0 || objects.get(--depth) != (b == '}')) {
                    yield State.BROKEN;
                }
                yield depth == 0 ? State.ENDED : State.INSIDE;
            }
            default -> State.INSIDE;
        };
    }
}
