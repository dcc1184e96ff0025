package dev.plimsoll.model.text;

/**
 * Where characters of a rendering come from, besides the template.
 *
 * @param message its place in the conversation; -1 for what comes beside the messages
 * @param path for people: {@code messages[1].tool_calls}
 * @param spoken whether it holds anything but white space
 */
record Source(int message, Field field, String path, boolean spoken) {

    static final int NO_MESSAGE = -1;

    enum Field {
        CONTENT,
        REASONING,
        CALL_NAME,
        CALL_ARGUMENTS,
        /** {@code "type": "text"} of a part: printed only where a part is printed as a whole. */
        PART_TYPE,
        /** Names, ids and whatever else a message has. */
        OTHER,
        TOOLS,
        DOCUMENTS
    }

    /** Of the field: {@code tool_calls}. */
    String name() {
        String last = path.substring(path.lastIndexOf('.') + 1);
        return field == Field.REASONING && last.equals("content") ? "reasoning" : last;
    }

    /** Whether a template that leaves it out leaves out what was said. */
    boolean said() {
        return spoken
                && switch (field) {
                    case CONTENT, REASONING, CALL_NAME, CALL_ARGUMENTS, TOOLS, DOCUMENTS -> true;
                    case PART_TYPE, OTHER -> false;
                };
    }
}
