package dev.plimsoll.wire.codec;

/** The outcome of reading a record: bad input is a value, not an exception. */
public sealed interface Decoded<T> {

    record Ok<T>(T value) implements Decoded<T> {}

    /** {@code where} names topic, partition and offset. */
    record Malformed<T>(String where, String problem) implements Decoded<T> {

        /** A parser's explanation may repeat a stranger's text, of any length. */
        private static final int PROBLEM_CHARACTERS = 600;

        public Malformed {
            problem = Shown.line(problem, PROBLEM_CHARACTERS);
        }
    }
}
