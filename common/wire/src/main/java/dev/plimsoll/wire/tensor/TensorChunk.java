package dev.plimsoll.wire.tensor;

import static dev.plimsoll.wire.codec.Checksums.crc32c;
import static dev.plimsoll.wire.codec.WireHeaders.header;
import static dev.plimsoll.wire.codec.WireHeaders.number;
import static dev.plimsoll.wire.codec.WireHeaders.text;
import static dev.plimsoll.wire.codec.WireHeaders.utf8;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.CheckpointName;
import dev.plimsoll.wire.run.ShardLayout;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A range of one shard's fp32 vector as it travels: little-endian bytes as the value, all else in
 * headers.
 *
 * @param owner what it belongs to: a contribution's id in {@code gradients}, a version in
 *     {@code adapter} and {@code optimizer}
 * @param part "sum", "master", "firstMoment" or "secondMoment"; the latter three also as part of a
 *     checkpoint
 * @param values at most {@link ShardLayout#CHUNK_VALUES}
 */
public record TensorChunk(int shard, int chunk, String part, long owner, float[] values) {

    private static final String TYPE = "plimsoll.tensor-chunk.v1";
    private static final byte[] TYPE_BYTES = utf8(TYPE);
    private static final String DTYPE = "F32";

    /** Key: shard/chunk/part, so that compaction keeps the newest of each. */
    public String key() {
        return shard + "/" + chunk + "/" + part;
    }

    /** The same chunk under a key of the checkpoint's own. */
    public TensorChunk inCheckpoint(String name) {
        return new TensorChunk(shard, chunk, checkpointPart(name, part), owner, values);
    }

    /** @param part "master", "firstMoment" or "secondMoment" */
    public static String checkpointPart(String name, String part) {
        CheckpointName.require(name);
        return "checkpoint/" + name + "/" + part;
    }

    public byte[] bytes() {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    /** The chunk's partition is its shard. */
    public ProducerRecord<byte[], byte[]> toRecord(String topic, String source) {
        byte[] bytes = bytes();
        List<Header> headers = WireHeaders.cloudEvent(
                TYPE, source, key() + "/" + owner, "application/octet-stream");
        headers.add(header("plimsoll_dtype", DTYPE));
        headers.add(header("plimsoll_shape", "[" + values.length + "]"));
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
            WireHeaders.requireType(TYPE_BYTES, record.headers());
            byte[] bytes = record.value();
            long expected = number(record.headers(), "plimsoll_crc32c");
            if (bytes == null || bytes.length % Float.BYTES != 0) {
                return new Decoded.Malformed<>(where, "not a whole number of fp32 values");
            }
            if (crc32c(bytes) != expected) {
                return new Decoded.Malformed<>(
                        where,
                        "the checksum is " + crc32c(bytes) + ", the header says " + expected);
            }
            String dtype = text(record.headers(), "plimsoll_dtype");
            if (!DTYPE.equals(dtype)) {
                return new Decoded.Malformed<>(where, "dtype " + dtype + " is not " + DTYPE);
            }
            float[] values = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
            return new Decoded.Ok<>(new TensorChunk(
                    (int) number(record.headers(), "plimsoll_shard"),
                    (int) number(record.headers(), "plimsoll_chunk"),
                    text(record.headers(), "plimsoll_part"),
                    number(record.headers(), "plimsoll_owner"),
                    values));
        } catch (IllegalArgumentException e) {
            return new Decoded.Malformed<>(where, e.getMessage());
        }
    }
}
