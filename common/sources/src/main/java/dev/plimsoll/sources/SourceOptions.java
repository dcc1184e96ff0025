package dev.plimsoll.sources;

import dev.plimsoll.sources.bytes.UnpackLimits;

import java.util.Optional;

/**
 * How sources are read.
 *
 * @param format for all files; empty: what each one looks like
 * @param map names of fields to be changed
 * @param textUnit what is one sample of a plain text
 * @param keepBytes records up to this length are kept as a whole
 * @param prefixBytes so many bytes of a longer record are kept
 * @param unpacking how much a compressed file may hold
 */
public record SourceOptions(
        Optional<SourceFormat> format,
        FieldMap map,
        TextUnit textUnit,
        int keepBytes,
        int prefixBytes,
        UnpackLimits unpacking) {

    /** What is one sample of a plain text. */
    public enum TextUnit {
        /** The whole file. */
        FILE,
        /** What lies between empty lines. */
        PARAGRAPH,
        /** A line. */
        LINE
    }

    public SourceOptions {
        if (prefixBytes < 1 || keepBytes < prefixBytes) {
            throw new IllegalArgumentException("of a record up to " + keepBytes
                    + " bytes are kept, of a longer one " + prefixBytes
                    + "; the second must be at least 1 and not above the first");
        }
    }

    /** Files as they look, names as they are, whole files of text. */
    public static SourceOptions defaults(int keepBytes, int prefixBytes) {
        return new SourceOptions(
                Optional.empty(),
                FieldMap.NONE,
                TextUnit.FILE,
                keepBytes,
                prefixBytes,
                UnpackLimits.DEFAULT);
    }

    public SourceOptions withFormat(SourceFormat wanted) {
        return new SourceOptions(
                Optional.of(wanted), map, textUnit, keepBytes, prefixBytes, unpacking);
    }

    public SourceOptions withMap(FieldMap wanted) {
        return new SourceOptions(format, wanted, textUnit, keepBytes, prefixBytes, unpacking);
    }

    public SourceOptions withTextUnit(TextUnit wanted) {
        return new SourceOptions(format, map, wanted, keepBytes, prefixBytes, unpacking);
    }

    public SourceOptions withUnpacking(UnpackLimits wanted) {
        return new SourceOptions(format, map, textUnit, keepBytes, prefixBytes, wanted);
    }
}
