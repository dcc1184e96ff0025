package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The sum of contributions that are expected, made of what arrives before they are named: a chunk
 * is added as soon as those before it, in the order of summation, are, and may be published once
 * all of it are. It decides nothing. If what is named then is exactly this, it is the sum, with the
 * bits that {@link ContributionSum} gives; whatever is amiss makes it void, and the contributions
 * are read again.
 */
public final class SumOnArrival implements SourceRead {
    /** What arrives out of order is kept; beyond that it is read again when it is named. */
    private static final long MAX_KEPT_BYTES = 256L << 20;

    private final ExpectContributions expected;
    private final ShardLayout layout;
    private final int shard;
    private final SumBuffer buffer;
    private final String publication;
    private final GradientSum sum;
    private final Map<Long, ContributionManifest> manifests = new TreeMap<>();
    /** By place in the order of summation, then by number; null before it comes, and once added. */
    private final TensorChunk[][] kept;
    /** Likewise; -1 before it comes. */
    private final long[][] checksums;

    /** By number: how many of what was added travelled so. */
    private final int[] bf16;

    private final List<TensorChunk> ready = new ArrayList<>();
    private long keptBytes;
    private int summed;
    private int rounded;
    private boolean isVoid;

    SumOnArrival(
            ExpectContributions expected,
            ShardLayout layout,
            int shard,
            SumBuffer buffer,
            String publication) {
        this.expected = expected;
        this.layout = layout;
        this.shard = shard;
        this.buffer = buffer;
        this.publication = publication;
        this.sum = buffer.begin();
        int chunks = layout.chunks(shard);
        int places = expected.contributions().size();
        this.kept = new TensorChunk[places][chunks];
        this.checksums = new long[places][chunks];
        this.bf16 = new int[chunks];
        for (long[] ofPlace : checksums) {
            Arrays.fill(ofPlace, -1);
        }
    }

    /** Where those lie that are accepted already; the others come behind. */
    @Override
    public List<ChunkSpan> spans() {
        return ContributionRead.own(expected.arrived(), shard);
    }

    @Override
    public void take(ContributionManifest found) {
        if (expected.contributions().contains(found.contribution())) {
            ContributionManifest before = manifests.putIfAbsent(found.contribution(), found);
            isVoid |= before != null && !before.equals(found);
        }
    }

    @Override
    public void take(TensorChunk found) {
        int place = expected.contributions().indexOf(found.owner());
        if (isOver()
                || place < 0
                || found.shard() != shard
                || !found.part().equals(TensorChunk.SUM)) {
            return;
        }
        int chunk = found.chunk();
        boolean fits = chunk >= 0
                && chunk < layout.chunks(shard)
                && found.count() == layout.chunkLength(shard, chunk);
        if (!fits) {
            isVoid = true;
            return;
        }
        long checksum = Checksums.crc32c(found.bytes());
        if (checksums[place][chunk] >= 0) {
            isVoid |= checksums[place][chunk] != checksum;
            return;
        }
        checksums[place][chunk] = checksum;
        kept[place][chunk] = found;
        keptBytes += found.bytes().length;
        add(chunk);
        isVoid |= keptBytes > MAX_KEPT_BYTES;
    }

    private void add(int chunk) {
        int place = sum.next(chunk);
        while (place < kept.length && kept[place][chunk] != null) {
            TensorChunk next = kept[place][chunk];
            float[] values = buffer.chunk(chunk);
            next.values(values);
            if (!ChunkSet.isFinite(values)) {
                isVoid = true;
                return;
            }
            sum.add(place, chunk, values);
            bf16[chunk] += next.dtype() == TensorDtype.BF16 ? 1 : 0;
            kept[place][chunk] = null;
            keptBytes -= next.bytes().length;
            place++;
        }
        if (place == kept.length) {
            boolean rounds = bf16[chunk] == place;
            ready.add(buffer.encoded(chunk, publication, expected.step(), rounds));
            summed++;
            rounded += rounds ? 1 : 0;
        }
    }

    /** Whether it will not be what is named: it is void, or another sum was begun since. */
    boolean isOver() {
        return isVoid || !buffer.isCurrent(sum);
    }

    /** What it was to be made of is gone. */
    public void giveUp() {
        isVoid = true;
    }

    /** Whether anything that is still to arrive can be of use. */
    public boolean wantsMore() {
        return !isOver() && !(isComplete() && manifests.size() == kept.length);
    }

    private boolean isComplete() {
        return summed == layout.chunks(shard);
    }

    /** Whether all of it is there, and rounded alike. */
    boolean isWhole() {
        return !isOver() && isComplete() && (rounded == 0 || rounded == summed);
    }

    /** Whether the command names what is expected, in that order. */
    boolean isOf(ApplyStep command) {
        return command.step() == expected.step()
                && command.baseVersion() == expected.baseVersion()
                && StepSum.contributions(command).equals(expected.contributions());
    }

    Optional<ContributionManifest> manifest(long contribution) {
        return Optional.ofNullable(manifests.get(contribution));
    }

    /** Chunks of the sum, as they are published; each is handed over once. */
    List<TensorChunk> takeReady() {
        List<TensorChunk> taken = List.copyOf(ready);
        ready.clear();
        return taken;
    }

    int shard() {
        return shard;
    }

    String publication() {
        return publication;
    }

    GradientSum sum() {
        return sum;
    }
}
