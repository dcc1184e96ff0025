package dev.plimsoll.wire.run;

/**
 * How the flat fp32 vector of adapter parameters is cut: into {@code shards} ranges of nearly equal
 * length, each into chunks of at most {@code chunkValues} values.
 *
 * @param chunkValues {@link #CHUNK_VALUES} in every topic; others in simulations only
 */
public record ShardLayout(long parameters, int shards, int chunkValues) {

    /** 512 KiB of fp32. */
    public static final int CHUNK_VALUES = 131_072;

    private static final int SHARD_PARAMETERS = 20 * CHUNK_VALUES;
    private static final int FEWEST = 2;
    private static final int MOST = 16;

    public ShardLayout(long parameters, int shards) {
        this(parameters, shards, CHUNK_VALUES);
    }

    public ShardLayout {
        if (parameters < shards || shards < 1) {
            throw new IllegalArgumentException(
                    "an adapter of " + parameters + " parameters cannot be cut into " + shards
                            + " shards; lower shards to at most " + parameters);
        }
    }

    /**
     * Into how many an adapter is cut where nobody says. Gradients come out layer by layer, so the
     * shards of the first layers have to add what all workers send at the end of a step: many small
     * shards do that at the same time.
     */
    public static int shardsFor(long parameters) {
        return (int) Math.min(parameters, Math.clamp(parameters / SHARD_PARAMETERS, FEWEST, MOST));
    }

    /** First parameter of the shard; {@code shard == shards} gives the end. */
    public long start(int shard) {
        return parameters * shard / shards;
    }

    public int length(int shard) {
        return Math.toIntExact(start(shard + 1) - start(shard));
    }

    public int chunks(int shard) {
        return (length(shard) + chunkValues - 1) / chunkValues;
    }

    /** First value of the chunk, counted from the shard's start. */
    public int chunkStart(int chunk) {
        return chunk * chunkValues;
    }

    public int chunkLength(int shard, int chunk) {
        return Math.min(chunkValues, length(shard) - chunkStart(chunk));
    }
}
