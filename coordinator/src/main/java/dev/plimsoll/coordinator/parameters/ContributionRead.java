package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One contribution as it is read back for one shard. It is fed every record of the contribution's
 * span, others' records too, in any order and any number of times; then {@link #flaw} says whether
 * it may be summed.
 */
public final class ContributionRead {
    private final ContributionRef ref;
    private final long step;
    private final ShardLayout layout;
    private final int shard;
    private final float[][] chunks;
    private final List<String> flaws = new ArrayList<>();
    private ContributionManifest manifest;

    ContributionRead(ContributionRef ref, long step, ShardLayout layout, int shard) {
        this.ref = ref;
        this.step = step;
        this.layout = layout;
        this.shard = shard;
        this.chunks = new float[layout.chunks(shard)][];
    }

    public ContributionRef ref() {
        return ref;
    }

    public void take(ContributionManifest found) {
        if (found.contribution() != ref.contribution()) {
            return;
        }
        if (manifest != null && !manifest.equals(found)) {
            flaws.add("it has two manifests that differ");
        }
        manifest = found;
    }

    /** A chunk whose checksum was right. */
    public void take(TensorChunk found) {
        if (found.owner() != ref.contribution() || found.shard() != shard) {
            return;
        }
        int chunk = found.chunk();
        if (chunk < 0 || chunk >= chunks.length) {
            flaws.add("chunk " + chunk + " of " + chunks.length);
        } else if (found.values().length != layout.chunkLength(shard, chunk)) {
            flaws.add("chunk " + chunk + " has " + found.values().length + " values instead of "
                    + layout.chunkLength(shard, chunk));
        } else if (chunks[chunk] != null && !Arrays.equals(chunks[chunk], found.values())) {
            flaws.add("chunk " + chunk + " is there twice, with different values");
        } else {
            chunks[chunk] = found.values();
        }
    }

    /** Why it cannot be used; empty when it is whole, finite and holds exactly what it should. */
    public Optional<String> flaw() {
        if (!flaws.isEmpty()) {
            return Optional.of(String.join("; ", flaws));
        }
        if (manifest == null) {
            return Optional.of("its manifest is missing");
        }
        return manifestFlaw().or(this::chunkFlaw);
    }

    private Optional<String> manifestFlaw() {
        boolean sameSource = manifest.workerId().equals(ref.workerId())
                && manifest.generation() == ref.generation()
                && manifest.step() == step;
        if (!sameSource) {
            return Optional.of("its manifest is of " + manifest.workerId() + " generation "
                    + manifest.generation() + " in step " + manifest.step());
        }
        List<Long> held = manifest.attempts().stream()
                .map(ContributionManifest.TrainedAttempt::attempt)
                .sorted()
                .toList();
        return held.equals(ref.attempts().stream().sorted().toList())
                ? Optional.empty()
                : Optional.of("it holds attempts " + held + " instead of " + ref.attempts());
    }

    private Optional<String> chunkFlaw() {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            if (chunks[chunk] == null) {
                return Optional.of(
                        "chunk " + chunk + " of " + chunks.length + " is missing or damaged");
            }
            for (float value : chunks[chunk]) {
                if (!Float.isFinite(value)) {
                    return Optional.of("chunk " + chunk + " holds " + value);
                }
            }
        }
        return Optional.empty();
    }

    ContributionManifest manifest() {
        return manifest;
    }

    /** sum ← sum + this, over the shard. */
    void addTo(float[] sum) {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            int start = layout.chunkStart(chunk);
            for (int i = 0; i < chunks[chunk].length; i++) {
                sum[start + i] += chunks[chunk][i];
            }
        }
    }
}
