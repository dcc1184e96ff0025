package dev.plimsoll.sources;

/**
 * Where a sample was found.
 *
 * @param file as it was named, or found under a name that was given; {@code stdin} for standard
 *     input
 * @param kind of what {@code number} counts
 * @param number counted from 1
 */
public record Place(String file, Kind kind, long number) {

    /** What the number counts. */
    public enum Kind {
        /** A line of the file. */
        LINE("line"),
        /** An element of a list, or one of several objects one after another. */
        ELEMENT("element"),
        /** A row of a table; the header is none. */
        ROW("row"),
        /** A paragraph of a text. */
        PARAGRAPH("paragraph"),
        /** The file as a whole; the number is 1. */
        FILE("file");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** In a sentence: "line", "row". */
        public String word() {
            return word;
        }
    }

    /** As people read it: {@code data.jsonl, line 7}. */
    @Override
    public String toString() {
        return kind == Kind.FILE ? file : file + ", " + kind.word + " " + number;
    }
}
