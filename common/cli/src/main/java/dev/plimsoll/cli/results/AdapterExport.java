package dev.plimsoll.cli.results;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.AdapterAssembly;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Reads the newest adapter that is written from its compacted topic, during a run or after it, and
 * writes it as PEFT reads it.
 */
public final class AdapterExport {

    /** Without a new record: a large adapter over a slow link takes longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private AdapterExport() {}

    /** @param newestMade the newest version that a shard made, perhaps without writing its state */
    private record Assembled(long version, float[] values, long newestMade) {}

    /**
     * What was written, and where.
     *
     * @param version the newest whose state every shard has written, or the checkpoint's
     * @param committed the newest that is known to be committed
     * @param verdict of the audit, if the card tells of it
     */
    public record Exported(
            long version,
            long committed,
            Path directory,
            RunSettings run,
            Optional<Verdict> verdict) {}

    /** A version in memory, in the layout's order. */
    public record Held(RunSettings run, AdapterLayout layout, long version, float[] values) {}

    /**
     * Writes the newest version whose state is whole. Later ones may be committed: shards write
     * their state every few steps only. Where the directory holds anything but an adapter that an
     * earlier export wrote, nothing is read or written, and a ForeignFileException says so.
     */
    public static Exported export(Clients anybodys, Topics topics, Path model, Path directory) {
        return export(anybodys, topics, model, directory, Beside.TOKENIZER);
    }

    /** The same, with what is wanted beside it. */
    public static Exported export(
            Clients anybodys, Topics topics, Path model, Path directory, Beside beside) {
        PeftAdapter.directory(directory).requireReplaceable();
        RunSettings run = RunLookup.read(anybodys, topics);
        Clients clients = anybodys.of(run, topics);
        AdapterLayout layout = layout(run, model);
        Assembled adapter = read(clients, topics, shards(layout, run));
        BesideFiles files = new BesideFiles(anybodys, topics, run, model, beside);
        PeftAdapter.write(
                directory,
                layout,
                run.lora(),
                files.baseName(),
                adapter.values(),
                files.of(adapter.version()));
        return new Exported(
                adapter.version(),
                Math.max(adapter.newestMade(), newestStep(clients, topics)),
                directory,
                run,
                files.verdict());
    }

    /** The same of a checkpoint, which may be newer than the newest state that is written. */
    public static Exported exportCheckpoint(
            Clients anybodys,
            Topics topics,
            Path model,
            Path directory,
            Beside beside,
            String checkpoint) {
        TrainingExport.Written written = new TrainingExport(anybodys, topics)
                .write(
                        new TrainingExport.Wish(Optional.of(checkpoint), false, beside),
                        model,
                        directory);
        long version = written.place().version();
        return new Exported(
                version, version, directory, written.run(), written.files().verdict());
    }

    /** The newest version whose state is whole, without writing it anywhere. */
    public static Held read(Clients anybodys, Topics topics, Path model) {
        RunSettings run = RunLookup.read(anybodys, topics);
        AdapterLayout layout = layout(run, model);
        Assembled adapter = read(anybodys.of(run, topics), topics, shards(layout, run));
        return new Held(run, layout, adapter.version(), adapter.values());
    }

    private static ShardLayout shards(AdapterLayout layout, RunSettings run) {
        return new ShardLayout(layout.totalParameters(), run.fleet().shards());
    }

    /** The run's adapter, if that is its model. */
    static AdapterLayout layout(RunSettings run, Path model) {
        LlamaConfig config = LlamaConfig.read(model);
        String hash = ModelHash.of(model);
        if (!hash.equals(run.model().hash())) {
            throw CliFailure.input("the run trains model '" + run.model().name() + "' (hash "
                    + run.model().hash().substring(0, 12) + "…), but " + model
                    + " has hash "
                    + hash.substring(0, 12) + "…; give the run's model with --model");
        }
        return new AdapterLayout(config, run.lora());
    }

    /** The version of the newest step that is committed; 0 before the first. */
    private static long newestStep(Clients clients, Topics topics) {
        LongAccumulator newest = new LongAccumulator(Math::max, 0);
        TopicScan.read(clients, topics.steps(), record -> {
            if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord step)) {
                newest.accumulate(step.version());
            }
        });
        return newest.get();
    }

    private static Assembled read(Clients clients, Topics topics, ShardLayout layout) {
        AdapterAssembly assembly = new AdapterAssembly(layout);
        LongAccumulator newestMade = new LongAccumulator(Math::max, 0);
        boolean isRead = false;
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-export")) {
            List<TopicPartition> partitions = TopicScan.partitions(reader, topics.adapter());
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            long progress = System.nanoTime();
            while (System.nanoTime() - progress < PATIENCE.toNanos()) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                    add(assembly, newestMade, record);
                    progress = System.nanoTime();
                }
                isRead = partitions.stream().allMatch(p -> reader.position(p) >= ends.get(p));
                // between the transactions of two shards no version is complete, so it reads on
                if (isRead) {
                    Optional<Long> version = assembly.newestWhole(0);
                    if (version.isPresent()) {
                        return new Assembled(
                                version.get(), assembly.take(version.get()), newestMade.get());
                    }
                }
            }
        }
        throw CliFailure.input(
                isRead
                        ? "topic " + topics.adapter()
                                + " holds no complete version of the adapter; a coordinator writes "
                                + "the first one when it creates the run, and after it was killed "
                                + "the next one when it is started again: is it running?"
                        : "topic " + topics.adapter() + " could not be read to its end: no record "
                                + "came for " + PATIENCE.toSeconds() + " s; try again");
    }

    private static void add(
            AdapterAssembly assembly,
            LongAccumulator newestMade,
            ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        if (TensorChunk.isChunk(record)) {
            switch (TensorChunk.decode(record)) {
                case Decoded.Ok<TensorChunk>(TensorChunk chunk) -> assembly.add(chunk);
                // one that is missing makes no version whole
                case Decoded.Malformed<TensorChunk> _ -> {}
            }
        } else {
            switch (Wire.SHARD_MANIFESTS.decode(record)) {
                case Decoded.Ok<ShardManifest>(ShardManifest manifest) -> {
                    assembly.add(manifest);
                    if (manifest.digest() != 0) {
                        // without one it is of a run whose shards wrote versions to commit them
                        newestMade.accumulate(manifest.version());
                    }
                }
                case Decoded.Malformed<ShardManifest> _ -> {}
            }
        }
    }
}
