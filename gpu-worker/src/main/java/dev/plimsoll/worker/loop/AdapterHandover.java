package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.AdapterAssembly;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.Optional;

/**
 * When a version of the adapter is handed over to the engine: once every shard has it whole, it is
 * the wanted one or newer, and no such version was handed over before. Pure. Used by one thread.
 */
public final class AdapterHandover {

    private final AdapterAssembly assembly;
    private long handedOver = -1;

    public AdapterHandover(ShardLayout layout) {
        this.assembly = new AdapterAssembly(layout);
    }

    /** Of the adapter topic, in any order. */
    public void read(TensorChunk chunk) {
        assembly.add(chunk);
    }

    /** Of the adapter topic, in any order. */
    public void read(ShardManifest manifest) {
        assembly.add(manifest);
    }

    /**
     * The version that is to be handed over now.
     *
     * @param wanted the newest version that was asked for; it never falls, and is negative before
     *     any was
     */
    public Optional<Long> due(long wanted) {
        if (wanted <= handedOver) {
            return Optional.empty();
        }
        assembly.drop(wanted);
        return assembly.newestWhole(wanted);
    }

    /** The flat vector of the version that is due: it is handed over with this call. */
    public float[] take(long version) {
        handedOver = version;
        return assembly.take(version);
    }
}
