package dev.plimsoll.sources.bytes;

/** Takes bytes. */
public interface ByteSink {

    /** One byte. */
    void add(int b);

    /** The bytes from {@code begin} to {@code end}, which is not among them. */
    void add(byte[] from, int begin, int end);
}
