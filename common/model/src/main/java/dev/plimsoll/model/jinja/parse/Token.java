package dev.plimsoll.model.jinja.parse;

/**
 * A piece of the source.
 *
 * @param type "name", "string", "number", "data", "eof", the delimiters "{{", "}}", "{%", "%}", or
 *     an operator itself
 * @param text a name, an operator, data or the characters of a string
 * @param value of a number
 */
record Token(String type, String text, Object value, int line) {

    boolean is(String wanted) {
        return type.equals(wanted);
    }

    boolean isName(String name) {
        return type.equals("name") && text.equals(name);
    }

    /** For messages. */
    String shown() {
        return switch (type) {
            case "eof" -> "the end of the template";
            case "data" -> "text";
            case "string" -> "a string";
            case "number" -> "the number " + value;
            default -> "'" + text + "'";
        };
    }
}
