package dev.plimsoll.sources;

/** What a source gives, one after the other. */
public sealed interface SourceItem {

    /**
     * A file begins; everything up to the next one of these is from it.
     *
     * @param file which
     * @param detected what was taken for what, for people: {@code JSON array, shape messages}
     */
    record Opened(SourceFile file, String detected) implements SourceItem {}

    /**
     * One record, usually a sample; whether it is one, the parser says.
     *
     * @param place where it is
     * @param bytes of a line or element as they are in the file (fields renamed as asked); of a row
     *     or a text a JSON object
     */
    record Record(Place place, byte[] bytes) implements SourceItem {}

    /**
     * A record that is longer than what is kept.
     *
     * @param place where it is
     * @param prefix its first bytes
     * @param length of the whole, in bytes
     * @param sha256 of the whole, in hex
     */
    record Oversize(Place place, byte[] prefix, long length, String sha256) implements SourceItem {}

    /**
     * Something that cannot be read. What follows in the file is read if the file's form allows it;
     * the reason says if not.
     *
     * @param place where it is
     * @param reason what was wrong, with which value
     * @param remedy what to do
     */
    record Broken(Place place, String reason, String remedy) implements SourceItem {}

    /** An empty line; nothing to be sent. */
    record Blank(Place place) implements SourceItem {}
}
