package dev.plimsoll.wire.tensor;

import static dev.plimsoll.wire.codec.Checksums.crc32c;
import static dev.plimsoll.wire.codec.WireHeaders.header;
import static dev.plimsoll.wire.codec.WireHeaders.number;
import static dev.plimsoll.wire.codec.WireHeaders.text;
import static dev.plimsoll.wire.codec.WireHeaders.utf8;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Impossible;
import dev.plimsoll.wire.codec.RecordBounds;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.CheckpointName;
import dev.plimsoll.wire.run.ShardLayout;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A range of one shard's vector as it travels: little-endian values as the record's value, all else
 * in headers.
 *
 * @param owner what it belongs to: a contribution's id in {@code gradients}, a step in
 *     {@code sums}, a version in {@code adapter} and {@code optimizer}
 * @param part {@link #SUM}, that of a publication, "master", "firstMoment" or "secondMoment"; the
 *     latter three also as part of a checkpoint
 * @param bytes of at most {@link ShardLayout#CHUNK_VALUES} values; not copied
 */
public record TensorChunk(
        int shard, int chunk, String part, long owner, TensorDtype dtype, byte[] bytes) {

    /** The part that a contribution is, and a sum that was written in a transaction. */
    public static final String SUM = "sum";

    private static final String TYPE = "plimsoll.tensor-chunk.v1";
    private static final byte[] TYPE_BYTES = utf8(TYPE);
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9._/-]{1,100}");
    /** A bf16 is the upper half of a float. */
    private static final VarHandle UPPER_HALF =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    public TensorChunk {
        if (bytes.length % dtype.bytes() != 0) {
            throw new IllegalArgumentException(
                    bytes.length + " bytes are not a whole number of " + dtype + " values");
        }
    }

    /** In fp32. */
    public TensorChunk(int shard, int chunk, String part, long owner, float[] values) {
        this(shard, chunk, part, owner, TensorDtype.F32, bytes(values));
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    /** How many values it has. */
    public int count() {
        return bytes.length / dtype.bytes();
    }

    /** In fp32, exact; decoded by each call. */
    public float[] values() {
        float[] values = new float[count()];
        copyTo(values, 0);
        return values;
    }

    /** The same, into an array of that length. */
    public void values(float[] into) {
        if (into.length != count()) {
            throw new IllegalArgumentException(this + " does not fill " + into.length);
        }
        copyTo(into, 0);
    }

    /** As {@link #values}, into {@code into} from {@code at} on. */
    public void copyTo(float[] into, int at) {
        switch (dtype) {
            case F32 ->
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(into, at, count());
            case BF16 -> {
                int count = count();
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.intBitsToFloat((short) UPPER_HALF.get(bytes, 2 * i) << 16);
                }
            }
        }
    }

    /** Whether it is of a contribution or of a published sum. */
    public boolean isSum() {
        return part.startsWith(SUM);
    }

    /** Key: shard/chunk/part, so that compaction keeps the newest of each. */
    public String key() {
        return shard + "/" + chunk + "/" + part;
    }

    /** The same chunk under a key of the checkpoint's own. */
    public TensorChunk inCheckpoint(String name) {
        return new TensorChunk(shard, chunk, checkpointPart(name, part), owner, dtype, bytes);
    }

    /**
     * The part that the chunks of a published sum are.
     *
     * @param publication empty where it was written in a transaction
     */
    public static String sumPart(String publication) {
        return publication.isEmpty() ? SUM : SUM + "/" + publication;
    }

    /** @param part "master", "firstMoment" or "secondMoment" */
    public static String checkpointPart(String name, String part) {
        CheckpointName.require(name);
        return "checkpoint/" + name + "/" + part;
    }

    /** The chunk's partition is its shard. */
    public ProducerRecord<byte[], byte[]> toRecord(String topic, String source) {
        List<Header> headers = WireHeaders.cloudEvent(
                TYPE, source, key() + "/" + owner, "application/octet-stream");
        headers.add(header("plimsoll_dtype", dtype.name()));
        headers.add(header("plimsoll_shape", "[" + count() + "]"));
        headers.add(header("plimsoll_shard", Integer.toString(shard)));
        headers.add(header("plimsoll_chunk", Integer.toString(chunk)));
        headers.add(header("plimsoll_part", part));
        headers.add(header("plimsoll_owner", Long.toString(owner)));
        headers.add(header("plimsoll_crc32c", Long.toString(crc32c(bytes))));
        return new ProducerRecord<>(topic, shard, utf8(key()), bytes, headers);
    }

    /** Whether the record says that it is a tensor chunk; manifests lie in the same topics. */
    public static boolean isChunk(ConsumerRecord<byte[], byte[]> record) {
        return WireHeaders.isOf(TYPE_BYTES, record.headers());
    }

    public static Decoded<TensorChunk> decode(ConsumerRecord<byte[], byte[]> record) {
        String where = WireHeaders.where(record);
        try {
            RecordBounds.require(record);
            WireHeaders.requireType(TYPE_BYTES, record.headers());
            byte[] bytes = record.value();
            if (bytes == null) {
                return new Decoded.Malformed<>(where, "it has no value");
            }
            long expected = number(record.headers(), "plimsoll_crc32c");
            if (crc32c(bytes) != expected) {
                return new Decoded.Malformed<>(
                        where,
                        "the checksum is " + crc32c(bytes) + ", the header says " + expected);
            }
            TensorChunk chunk = new TensorChunk(
                    Math.toIntExact(number(record.headers(), "plimsoll_shard")),
                    Math.toIntExact(number(record.headers(), "plimsoll_chunk")),
                    text(record.headers(), "plimsoll_part"),
                    number(record.headers(), "plimsoll_owner"),
                    dtype(text(record.headers(), "plimsoll_dtype")),
                    bytes);
            return new Impossible()
                    .amount("the shard", chunk.shard())
                    .amount("the chunk", chunk.chunk())
                    .amount("the owner", chunk.owner())
                    .when(
                            !PART.matcher(chunk.part()).matches(),
                            "the part is '" + chunk.part() + "'")
                    .when(
                            chunk.count() > ShardLayout.CHUNK_VALUES,
                            "it has " + chunk.count() + " values")
                    .found()
                    .<Decoded<TensorChunk>>map(problem -> new Decoded.Malformed<>(where, problem))
                    .orElseGet(() -> new Decoded.Ok<>(chunk));
        } catch (IllegalArgumentException | ArithmeticException e) {
            return new Decoded.Malformed<>(where, e.getMessage());
        }
    }

    private static TensorDtype dtype(String name) {
        try {
            return TensorDtype.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "dtype " + Shown.line(name, 40) + " is none of "
                            + List.of(TensorDtype.values()),
                    e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorChunk that
                && shard == that.shard
                && chunk == that.chunk
                && owner == that.owner
                && part.equals(that.part)
                && dtype == that.dtype
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * key().hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return key() + " of " + owner + ", " + count() + " " + dtype;
    }
}
