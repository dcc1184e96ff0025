package dev.plimsoll.wire;

/**
 * How the flat fp32 vector of adapter parameters is cut: into {@code shards} ranges of nearly equal length, each into
 * chunks of at most {@link #CHUNK_VALUES} values.
 */
public record ShardLayout(long parameters, int shards) {

    /** 512 KiB of fp32. */
    public static final int CHUNK_VALUES = 131_072;

    public ShardLayout {
        if (parameters < shards || shards < 1) {
            throw new IllegalArgumentException("an adapter of " + parameters + " parameters cannot be cut into "
                    + shards + " shards; lower shards to at most " + parameters);
        }
    }

    /** First parameter of the shard; {@code shard == shards} gives the end. */
    public long start(int shard) {
        return parameters * shard / shards;
    }

    public int length(int shard) {
        return Math.toIntExact(start(shard + 1) - start(shard));
    }

    public int chunks(int shard) {
        return (length(shard) + CHUNK_VALUES - 1) / CHUNK_VALUES;
    }

    /** First value of the chunk, counted from the shard's start. */
    public int chunkStart(int chunk) {
        return chunk * CHUNK_VALUES;
    }

    public int chunkLength(int shard, int chunk) {
        return Math.min(CHUNK_VALUES, length(shard) - chunkStart(chunk));
    }
}
