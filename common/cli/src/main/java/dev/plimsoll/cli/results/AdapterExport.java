package dev.plimsoll.cli.results;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.model.hf.PeftAdapter;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
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

/**
 * Reads the current adapter from its compacted topic, during a run or after it, and writes it as
 * PEFT reads it.
 */
public final class AdapterExport {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private AdapterExport() {}

    private record Assembled(long version, float[] values) {}

    /** What was written, and where. */
    public record Exported(long version, Path directory, RunSettings run) {}

    /**
     * Writes the newest complete version. Where the directory holds anything but an adapter that an
     * earlier export wrote, nothing is read or written, and a ForeignFileException says so.
     */
    public static Exported export(Clients clients, Topics topics, Path model, Path directory) {
        PeftAdapter.directory(directory).requireReplaceable();
        RunSettings run = RunLookup.read(clients, topics);
        LlamaConfig config = LlamaConfig.read(model);
        String hash = ModelHash.of(model);
        if (!hash.equals(run.model().hash())) {
            throw CliFailure.input("the run trains model '" + run.model().name() + "' (hash "
                    + run.model().hash().substring(0, 12) + "…), but " + model
                    + " has hash "
                    + hash.substring(0, 12) + "…; give the run's model with --model");
        }
        AdapterLayout layout = new AdapterLayout(config, run.lora());
        Assembled adapter = read(
                clients,
                topics,
                new ShardLayout(layout.totalParameters(), run.fleet().shards()));
        PeftAdapter.write(directory, layout, run.lora(), run.model().name(), adapter.values());
        return new Exported(adapter.version(), directory, run);
    }

    private static Assembled read(Clients clients, Topics topics, ShardLayout layout) {
        AdapterAssembly assembly = new AdapterAssembly(layout);
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-export")) {
            List<TopicPartition> partitions = TopicScan.partitions(reader, topics.adapter());
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                    add(assembly, record);
                }
                // between the transactions of two shards no version is complete, so it reads on
                if (partitions.stream().allMatch(p -> reader.position(p) >= ends.get(p))) {
                    Optional<Long> version = assembly.newestWhole(0);
                    if (version.isPresent()) {
                        return new Assembled(version.get(), assembly.take(version.get()));
                    }
                }
            }
        }
        throw CliFailure.input("topic " + topics.adapter()
                + " holds no complete version of the adapter; a coordinator writes the "
                + "first"
                + " one when it creates the run: is it running?");
    }

    private static void add(AdapterAssembly assembly, ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        if (TensorChunk.isChunk(record)) {
            switch (TensorChunk.decode(record)) {
                case Decoded.Ok<TensorChunk>(TensorChunk chunk) -> assembly.add(chunk);
                case Decoded.Malformed<TensorChunk>(String where, String problem) ->
                    throw damaged(where, problem);
            }
        } else {
            switch (Wire.SHARD_MANIFESTS.decode(record)) {
                case Decoded.Ok<ShardManifest>(ShardManifest manifest) -> assembly.add(manifest);
                case Decoded.Malformed<ShardManifest>(String where, String problem) ->
                    throw damaged(where, problem);
            }
        }
    }

    private static RuntimeException damaged(String where, String problem) {
        return CliFailure.input(where + " is damaged: " + problem + "; nothing was written");
    }
}
