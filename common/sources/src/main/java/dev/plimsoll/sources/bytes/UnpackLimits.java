package dev.plimsoll.sources.bytes;

/**
 * How much a compressed file may hold, so that a small file cannot fill a topic.
 *
 * @param bytes at most so many, unpacked
 * @param ratio at most so many times the packed size
 * @param ratioFrom the ratio counts from so many unpacked bytes on
 */
public record UnpackLimits(long bytes, int ratio, long ratioFrom) {

    /** One TiB; 250 times from 64 MiB on. JSON of text packs 3 to 20 times, gzip at most 1032. */
    public static final UnpackLimits DEFAULT = new UnpackLimits(1L << 40, 250, 64L << 20);
}
