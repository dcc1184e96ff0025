package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.List;
import java.util.Optional;

/**
 * One contribution as it is read back for one shard; {@link #flaw} says whether it may be summed.
 */
public final class ContributionRead implements SourceRead {
    private final long contribution;
    private final long step;
    private final List<ChunkSpan> spans;
    private final Optional<ContributionRef> named;
    private final ChunkSet chunks;
    private Optional<ContributionManifest> manifest = Optional.empty();
    private boolean manifestsDiffer;

    /** Of a step that is to be summed. */
    ContributionRead(ContributionRef ref, long step, ShardLayout layout, int shard) {
        this.contribution = ref.contribution();
        this.step = step;
        this.spans = own(ref.spans(), shard);
        this.named = Optional.of(ref);
        this.chunks = new ChunkSet(layout, shard, contribution, TensorChunk.SUM);
    }

    /** The only one of a step that is committed: what it must hold was verified before. */
    ContributionRead(FixClip committed, SumSource source, ShardLayout layout, int shard) {
        this.contribution = source.owner();
        this.step = committed.step();
        this.spans = own(source.spans(), shard);
        this.named = Optional.empty();
        this.chunks = new ChunkSet(layout, shard, contribution, TensorChunk.SUM);
    }

    static List<ChunkSpan> own(List<ChunkSpan> spans, int shard) {
        return spans.stream().filter(span -> span.shard() == shard).toList();
    }

    public long contribution() {
        return contribution;
    }

    /** What it must be; empty when its step is committed. */
    public Optional<ContributionRef> ref() {
        return named;
    }

    @Override
    public List<ChunkSpan> spans() {
        return spans;
    }

    @Override
    public void take(ContributionManifest found) {
        if (found.contribution() != contribution) {
            return;
        }
        manifestsDiffer |= manifest.isPresent() && !manifest.get().equals(found);
        manifest = Optional.of(found);
    }

    @Override
    public void take(TensorChunk found) {
        chunks.take(found);
    }

    /** Why it cannot be used; empty when it is whole and holds exactly what it should. */
    public Optional<String> flaw() {
        Optional<String> found = chunks.foundFlaw();
        if (found.isPresent()) {
            return found;
        }
        if (manifestsDiffer) {
            return Optional.of("it has two manifests that differ");
        }
        if (manifest.isEmpty()) {
            return Optional.of("its manifest is missing");
        }
        return manifestFlaw(manifest.get()).or(chunks::missing);
    }

    private Optional<String> manifestFlaw(ContributionManifest found) {
        return named.map(ref -> flaw(found, ref, step))
                .orElseGet(() -> found.step() == step ? Optional.empty() : Optional.of(of(found)));
    }

    /** Why the manifest is not what is named; empty when it is. */
    static Optional<String> flaw(ContributionManifest found, ContributionRef ref, long step) {
        boolean sameSource = found.step() == step
                && ref.workerId().equals(found.workerId())
                && ref.generation() == found.generation();
        if (!sameSource) {
            return Optional.of(of(found));
        }
        List<Long> held = found.attempts().stream()
                .map(ContributionManifest.TrainedAttempt::attempt)
                .sorted()
                .toList();
        return held.equals(ref.attempts().stream().sorted().toList())
                ? Optional.empty()
                : Optional.of("it holds attempts " + held + " instead of " + ref.attempts());
    }

    private static String of(ContributionManifest found) {
        return "its manifest is of " + found.workerId() + " generation " + found.generation()
                + " in step " + found.step();
    }

    ContributionManifest manifest() {
        return manifest.orElseThrow();
    }

    boolean allOf(TensorDtype dtype) {
        return chunks.allOf(dtype);
    }

    /** As {@link ChunkSet#addTo}. */
    Optional<String> addTo(SumBuffer buffer, GradientSum sum, int place) {
        return chunks.addTo(buffer, sum, place);
    }
}
