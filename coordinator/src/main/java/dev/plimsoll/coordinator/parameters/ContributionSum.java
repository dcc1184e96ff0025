package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The unnormalised gradient of one step on one shard: {@link GradientSum} of the named
 * contributions. The first that cannot be used ends the sum for good. A sum of several is rounded
 * to bf16 where all of them travelled so; what is rounded is what is applied.
 */
public final class ContributionSum {
    private final ApplyStep command;
    private final String publication;
    private final ShardLayout layout;
    private final int shard;
    private final SumBuffer buffer;
    private final GradientSum sum;
    private final List<ContributionManifest> builtFrom = new ArrayList<>();
    private final Set<Long> ordinals = new HashSet<>();
    /** What of it may still be published, where it was summed as it arrived. */
    private Optional<SumOnArrival> rest = Optional.empty();

    private boolean bf16 = true;
    private boolean spoiled;

    /** @param publication under which it is published */
    ContributionSum(
            ApplyStep command,
            ShardLayout layout,
            int shard,
            SumBuffer buffer,
            String publication) {
        this(command, layout, shard, buffer, publication, buffer.begin());
    }

    private ContributionSum(
            ApplyStep command,
            ShardLayout layout,
            int shard,
            SumBuffer buffer,
            String publication,
            GradientSum sum) {
        this.command = command;
        this.publication = publication;
        this.layout = layout;
        this.shard = shard;
        this.buffer = buffer;
        this.sum = sum;
    }

    /**
     * What was summed as it arrived, if that is what is named now; its chunks are published, or
     * will be.
     */
    static Optional<ContributionSum> of(
            SumOnArrival arrived, ApplyStep command, ShardLayout layout, SumBuffer buffer) {
        ContributionSum sum = new ContributionSum(
                command, layout, arrived.shard(), buffer, arrived.publication(), arrived.sum());
        for (ContributionRef ref : command.contributions()) {
            Optional<ContributionManifest> manifest = arrived.manifest(ref.contribution())
                    .filter(found -> ContributionRead.flaw(found, ref, command.step())
                            .or(() -> sum.repeats(found))
                            .isEmpty());
            manifest.ifPresent(sum.builtFrom::add);
        }
        sum.rest = Optional.of(arrived);
        return sum.isComplete() && arrived.isWhole() ? Optional.of(sum) : Optional.empty();
    }

    /**
     * What is to be read next, to be handed to {@link #add}; empty when the sum is complete or
     * spoiled.
     */
    public Optional<ContributionRead> next() {
        if (spoiled || isComplete()) {
            return Optional.empty();
        }
        ContributionRef ref = command.contributions().get(builtFrom.size());
        return Optional.of(new ContributionRead(ref, command.step(), layout, shard));
    }

    /** The report to send when it cannot be used. */
    public Optional<Report.ContributionUnusable> add(ContributionRead read) {
        Optional<String> flaw = read.flaw()
                .or(() -> repeats(read.manifest()))
                .or(() -> read.addTo(buffer, sum, builtFrom.size()));
        if (flaw.isPresent()) {
            spoiled = true;
            return Optional.of(new Report.ContributionUnusable(
                    shard, command.step(), read.contribution(), flaw.get()));
        }
        bf16 &= read.allOf(TensorDtype.BF16);
        builtFrom.add(read.manifest());
        return Optional.empty();
    }

    public boolean isComplete() {
        return !spoiled && builtFrom.size() == command.contributions().size();
    }

    /** The planner's ledger is not believed blindly: no sequence may be in one step twice. */
    private Optional<String> repeats(ContributionManifest manifest) {
        for (ContributionManifest.TrainedAttempt attempt : manifest.attempts()) {
            for (long ordinal : attempt.ordinals()) {
                if (!ordinals.add(ordinal)) {
                    return Optional.of(
                            "the sequence at ordinal " + ordinal + " is in the sum already");
                }
            }
        }
        return Optional.empty();
    }

    long step() {
        return command.step();
    }

    /** What is to be published; empty for one contribution, which lies there already. */
    Optional<SumToPublish> publish() {
        if (builtFrom.size() == 1) {
            return Optional.empty();
        }
        List<TensorChunk> chunks = rest.map(SumOnArrival::takeReady).orElseGet(this::encoded);
        return Optional.of(new SumToPublish(publication, builtFrom, chunks, report()));
    }

    private List<TensorChunk> encoded() {
        List<TensorChunk> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            chunks.add(buffer.encoded(chunk, publication, command.step(), bf16));
        }
        return chunks;
    }

    /** To be kept for the clip, under this report. */
    StepSum kept(Report.ShardSummed report) {
        return new StepSum(report, List.copyOf(builtFrom), sum.values());
    }

    /** Of what is applied: call it after {@link #publish}. */
    Report.ShardSummed report() {
        return new Report.ShardSummed(
                shard,
                command.step(),
                StepSum.contributions(command),
                SquaredNorm.of(sum.values()));
    }
}
