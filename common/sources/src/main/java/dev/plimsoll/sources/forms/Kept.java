package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteOrderMark;
import dev.plimsoll.sources.bytes.ByteSink;
import dev.plimsoll.wire.codec.Checksums;

import java.security.MessageDigest;
import java.util.Arrays;

/** The bytes of one record, in bounded space: of a long one only the beginning and the hash. */
final class Kept implements ByteSink {

    private final int keepBytes;
    private final int prefixBytes;
    private byte[] bytes = new byte[256];
    private int size;
    /** Once there are more bytes than are kept: of all of them. */
    private MessageDigest digest;

    private long length;

    Kept(SourceOptions options) {
        this.keepBytes = options.keepBytes();
        this.prefixBytes = options.prefixBytes();
    }

    @Override
    public void add(int b) {
        if (digest == null && length < keepBytes) {
            length++;
            room(1);
            bytes[size++] = (byte) b;
        } else {
            add(new byte[] {(byte) b}, 0, 1);
        }
    }

    @Override
    public void add(byte[] from, int begin, int end) {
        int count = end - begin;
        length += count;
        if (digest == null && length <= keepBytes) {
            append(from, begin, count);
            return;
        }
        if (digest == null) {
            digest = Checksums.sha256();
            digest.update(bytes, 0, size);
            append(from, begin, Math.min(Math.max(0, prefixBytes - size), count));
        }
        digest.update(from, begin, count);
    }

    /** What another one kept. */
    void addAll(Kept other) {
        add(other.bytes, 0, other.size);
    }

    private void append(byte[] from, int begin, int count) {
        room(count);
        System.arraycopy(from, begin, bytes, size, count);
        size += count;
    }

    private void room(int count) {
        if (size + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + count, 2 * bytes.length));
        }
    }

    boolean whole() {
        return digest == null;
    }

    long length() {
        return length;
    }

    /** Everything, or the beginning of a record that is too long. */
    byte[] bytes() {
        return Arrays.copyOf(bytes, whole() ? size : Math.min(prefixBytes, size));
    }

    /** True if there is nothing but white space, and a mark of the byte order. */
    boolean blank() {
        if (!whole()) {
            return false;
        }
        for (int i = Math.min(size, ByteOrderMark.lengthIn(bytes)); i < size; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n') {
                return false;
            }
        }
        return true;
    }

    /** As an item of a source. */
    SourceItem item(Place place) {
        return whole()
                ? new SourceItem.Record(place, bytes())
                : new SourceItem.Oversize(place, bytes(), length, Checksums.hex(digest.digest()));
    }

    void clear() {
        size = 0;
        digest = null;
        length = 0;
    }
}
