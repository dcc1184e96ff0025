package dev.plimsoll.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.Mutations;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** What reads records of Kafka. A decoder answers for every record, and throws nothing. */
final class Decoders {

    static final Path GOLDEN = Path.of("..", "wire", "src", "test", "resources", "golden");
    private static final String KEY = "00112233445566778899aabbccddeeff";

    private Decoders() {}

    static List<Fuzz> all() throws IOException {
        List<Fuzz> all = new ArrayList<>();
        for (WireCodec<?> codec : Wire.families().values()) {
            all.add(family(codec));
        }
        all.add(binary());
        all.add(seal());
        return all;
    }

    /** The value is wrong; the header names each of the family's types in turn. */
    private static Fuzz family(WireCodec<?> codec) throws IOException {
        List<String> types = codec.types().keySet().stream().sorted().toList();
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> files = Files.list(GOLDEN)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (types.stream().anyMatch(name::startsWith) && name.endsWith(".json")) {
                    seeds.add(Files.readAllBytes(file));
                }
            }
        }
        String[] parts = types.getFirst().split("\\.");
        return new Fuzz(
                "family " + parts[1],
                input -> {
                    String text = new String(input, UTF_8);
                    String type = types.stream()
                            .filter(each -> text.contains(each.split("\\.")[2]))
                            .findFirst()
                            .orElse(types.getFirst());
                    codec.decode(record(input, new RecordHeader("ce_type", type.getBytes(UTF_8))));
                    codec.decode(record(input));
                },
                seeds,
                List.of(),
                List.of(),
                300);
    }

    /** The input is only where the dice begin. */
    private static Fuzz binary() {
        List<ProducerRecord<byte[], byte[]>> good = good();
        return new Fuzz(
                "tensors and tokens",
                input -> {
                    ConsumerRecord<byte[], byte[]> record = wrong(good, input);
                    TensorChunk.isChunk(record);
                    TensorChunk.decode(record);
                    TokenizedSample.decodeHead(record);
                    TokenizedSample.decode(List.of(record, record));
                    SampleChunk.isChunk(record.headers());
                    SampleChunk.decode(record);
                    SubmittedSample.announcedSha256(record.headers());
                },
                List.of("a record".getBytes(UTF_8)),
                List.of(),
                List.of(),
                5_000);
    }

    private static Fuzz seal() {
        Seal seal = new Seal(KEY);
        List<ProducerRecord<byte[], byte[]>> good =
                good().stream().map(seal::sealed).toList();
        good.forEach(record -> {
            if (seal.problem(read(record)).isPresent()) {
                throw new AssertionError("a sealed record is refused");
            }
        });
        return new Fuzz(
                "seals",
                input -> {
                    ConsumerRecord<byte[], byte[]> record = wrong(good, input);
                    if (seal.problem(record).isEmpty()) {
                        throw new IllegalStateException("a wrong record has a right seal");
                    }
                    Seal.isForeign(record);
                },
                List.of("a sealed record".getBytes(UTF_8)),
                List.of(),
                List.of(),
                5_000);
    }

    private static List<ProducerRecord<byte[], byte[]>> good() {
        List<ProducerRecord<byte[], byte[]>> good = new ArrayList<>();
        good.add(new TensorChunk(0, 1, "sum", 3, new float[] {1, 2}).toRecord("t", "w"));
        good.addAll(new TokenizedSample(
                        "a",
                        new SampleOrigin(0, 1),
                        Checksums.sha256Hex("a"),
                        new int[] {1, 2, 3},
                        new boolean[] {false, true, true})
                .toRecords("t"));
        byte[] large = new byte[SubmittedSample.CHUNK_BYTES + 1];
        good.addAll(new SubmittedSample(
                        "a",
                        new SubmittedSample.Place("s", "f", 1),
                        large,
                        large.length,
                        Checksums.sha256Hex(large))
                .toRecords("t"));
        return good;
    }

    private static ConsumerRecord<byte[], byte[]> wrong(
            List<ProducerRecord<byte[], byte[]>> good, byte[] input) {
        Random dice = new Random(java.util.Arrays.hashCode(input));
        Mutations mutations = new Mutations(dice);
        return read(
                dice.nextInt(10) == 0
                        ? mutations.random("t", 0)
                        : mutations.of(good.get(dice.nextInt(good.size()))));
    }

    private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> sent) {
        return record(sent.key(), sent.value(), sent.headers());
    }

    private static ConsumerRecord<byte[], byte[]> record(byte[] value, RecordHeader... headers) {
        return record(
                null, value, new org.apache.kafka.common.header.internals.RecordHeaders(headers));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            byte[] key, byte[] value, org.apache.kafka.common.header.Headers headers) {
        return new ConsumerRecord<>(
                "t",
                0,
                9,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                value,
                headers,
                Optional.empty());
    }
}
