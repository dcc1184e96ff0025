package dev.plimsoll.model.json;

/** Where and why a text is no JSON; the message says both and what to do. */
public final class JsonFault extends Exception {

    private static final long serialVersionUID = 1L;

    JsonFault(long line, long column, String problem) {
        super(
                "not JSON at " + (line > 1 ? "line " + line + ", " : "") + "column " + column + ": "
                        + problem,
                null,
                false,
                false);
    }
}
