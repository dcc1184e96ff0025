package dev.plimsoll.wire.protocol;

/** The name of a source: samples that an operator weighs, pauses and removes together. */
public final class SourceName {

    /** Of the samples whose submitter names no source. */
    public static final String DEFAULT = "default";

    /** The header of a submitted record, and of a tokenized one, that names its source. */
    public static final String HEADER = "plimsoll_source";

    private SourceName() {}

    /** Throws IllegalArgumentException, naming the value and what is allowed. */
    public static void require(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            String begin = name.length() <= 64 ? name : name.substring(0, 64) + "…";
            String shown = begin.replaceAll("\\p{Cntrl}", "?");
            throw new IllegalArgumentException("source name '" + shown
                    + "' is not usable; use up to 64 letters, digits, dots, dashes or underscores");
        }
    }

    /**
     * Equal to the default name alone: Jackson leaves out a value that its filter equals. So the
     * records of a run without sources are as they were before there were any.
     */
    public static final class Unnamed {
        @Override
        public boolean equals(Object other) {
            return other == null || other.equals(DEFAULT);
        }

        @Override
        public int hashCode() {
            return DEFAULT.hashCode();
        }
    }
}
