package dev.plimsoll.wire.sample;

import static dev.plimsoll.wire.codec.Checksums.crc32c;
import static dev.plimsoll.wire.codec.WireHeaders.find;
import static dev.plimsoll.wire.codec.WireHeaders.header;
import static dev.plimsoll.wire.codec.WireHeaders.number;
import static dev.plimsoll.wire.codec.WireHeaders.text;
import static dev.plimsoll.wire.codec.WireHeaders.utf8;
import static dev.plimsoll.wire.codec.WireHeaders.where;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Impossible;
import dev.plimsoll.wire.codec.RecordBounds;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One sequence in the topic {@code tokenized}: per chunk the token ids as little-endian int32, then
 * one byte a token, 1 where the token is a prediction target. Chunks of a sequence lie at
 * consecutive offsets of partition 0; the first one's offset is the sequence's ordinal.
 *
 * @param sha256 of the submitted bytes, hex: tells a repeated submit from another sample under the
 *     same id
 * @param cut so many tokens were left out at the end, because the sample has more than the run
 *     takes
 * @param leftOut names of the sample's fields that the model's chat template does not write: it is
 *     trained without them
 * @param source see {@link SourceName}; travels in a header unless it is the default one
 */
public record TokenizedSample(
        String sampleId,
        SampleOrigin origin,
        String sha256,
        int[] tokens,
        boolean[] trainOn,
        int cut,
        List<String> leftOut,
        String source) {

    /** 5 bytes a token in 512 KiB. */
    public static final int CHUNK_TOKENS = 100_000;

    /** The header with a chunk's number; the first is 0. */
    public static final String CHUNK = "plimsoll_chunk";

    /** More than any sample can have: one a byte. */
    private static final int MOST_TOKENS = SubmittedSample.MAX_BYTES;

    private static final int ID_CHARACTERS = 600;

    /** Only on a sample that lost its end. */
    private static final String CUT = "plimsoll_cut";

    /** Only on a sample that is trained without some of its fields; their names, with commas. */
    private static final String LEFT_OUT = "plimsoll_left_out";

    private static final String TYPE = "plimsoll.tokenized.v1";
    private static final byte[] TYPE_BYTES = utf8(TYPE);

    public TokenizedSample {
        leftOut = List.copyOf(leftOut);
        if (tokens.length < 1 || tokens.length != trainOn.length) {
            throw new IllegalArgumentException("sample " + sampleId + " has " + tokens.length
                    + " tokens and a mask of " + trainOn.length);
        }
    }

    /** A sample that is whole, of the default source. */
    public TokenizedSample(
            String sampleId, SampleOrigin origin, String sha256, int[] tokens, boolean[] trainOn) {
        this(sampleId, origin, sha256, tokens, trainOn, 0, List.of(), SourceName.DEFAULT);
    }

    public int chunks() {
        return (tokens.length + CHUNK_TOKENS - 1) / CHUNK_TOKENS;
    }

    /** Tokens predicted from the ones before them: the first never is. */
    public int lossTokens() {
        int count = 0;
        for (int i = 1; i < trainOn.length; i++) {
            count += trainOn[i] ? 1 : 0;
        }
        return count;
    }

    public List<ProducerRecord<byte[], byte[]>> toRecords(String topic) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int chunk = 0; chunk < chunks(); chunk++) {
            byte[] value = chunkBytes(chunk);
            List<Header> headers = WireHeaders.cloudEvent(
                    TYPE, "ingest", sampleId + "/" + chunk, "application/octet-stream");
            headers.add(header("plimsoll_sample", sampleId));
            headers.add(header("plimsoll_origin_partition", Integer.toString(origin.partition())));
            headers.add(header("plimsoll_origin_offset", Long.toString(origin.offset())));
            headers.add(header("plimsoll_sha256", sha256));
            headers.add(header("plimsoll_tokens", Integer.toString(tokens.length)));
            headers.add(header("plimsoll_loss_tokens", Integer.toString(lossTokens())));
            if (cut > 0) {
                headers.add(header(CUT, Integer.toString(cut)));
            }
            if (!leftOut.isEmpty()) {
                headers.add(header(LEFT_OUT, String.join(",", leftOut)));
            }
            headers.add(header(CHUNK, Integer.toString(chunk)));
            headers.add(header("plimsoll_chunks", Integer.toString(chunks())));
            headers.add(header("plimsoll_crc32c", Long.toString(crc32c(value))));
            if (!source.equals(SourceName.DEFAULT)) {
                headers.add(header(SourceName.HEADER, source));
            }
            records.add(new ProducerRecord<>(topic, 0, utf8(sampleId), value, headers));
        }
        return records;
    }

    private byte[] chunkBytes(int chunk) {
        int from = chunk * CHUNK_TOKENS;
        int count = Math.min(CHUNK_TOKENS, tokens.length - from);
        ByteBuffer buffer = ByteBuffer.allocate(count * 5).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            buffer.putInt(tokens[from + i]);
        }
        for (int i = 0; i < count; i++) {
            buffer.put((byte) (trainOn[from + i] ? 1 : 0));
        }
        return buffer.array();
    }

    /**
     * What the headers of one chunk say, without its tokens: all the planner and the audit need.
     */
    public record Head(
            String sampleId,
            SampleOrigin origin,
            String sha256,
            int chunk,
            SequenceRef sequence,
            int cut,
            List<String> leftOut,
            String source) {}

    /**
     * For any chunk of a sequence; {@code Head.sequence().ordinal()} is the offset of the first.
     * The chunk is what its headers say: of the right length, with its checksum.
     */
    public static Decoded<Head> decodeHead(ConsumerRecord<byte[], byte[]> record) {
        try {
            RecordBounds.require(record);
            WireHeaders.requireType(TYPE_BYTES, record.headers());
            int chunk = integer(record, CHUNK);
            Head head = new Head(
                    text(record.headers(), "plimsoll_sample"),
                    new SampleOrigin(
                            integer(record, "plimsoll_origin_partition"),
                            number(record.headers(), "plimsoll_origin_offset")),
                    text(record.headers(), "plimsoll_sha256"),
                    chunk,
                    new SequenceRef(
                            record.offset() - chunk,
                            integer(record, "plimsoll_tokens"),
                            integer(record, "plimsoll_loss_tokens"),
                            integer(record, "plimsoll_chunks")),
                    find(record.headers(), CUT) == null ? 0 : integer(record, CUT),
                    leftOut(record),
                    source(record));
            return problem(head, record)
                    .<Decoded<Head>>map(found -> new Decoded.Malformed<>(where(record), found))
                    .orElseGet(() -> new Decoded.Ok<>(head));
        } catch (IllegalArgumentException | ArithmeticException e) {
            return new Decoded.Malformed<>(where(record), e.getMessage());
        }
    }

    private static int integer(ConsumerRecord<byte[], byte[]> record, String name) {
        return Math.toIntExact(number(record.headers(), name));
    }

    private static Optional<String> problem(Head head, ConsumerRecord<byte[], byte[]> record) {
        int tokens = head.sequence().tokens();
        int chunks = Math.ceilDiv(tokens, CHUNK_TOKENS);
        Impossible impossible = new Impossible()
                .when(
                        head.sampleId().length() > ID_CHARACTERS,
                        "its sample's id has " + head.sampleId().length() + " characters")
                .id("the SHA-256", head.sha256())
                .amount("the origin's partition", head.origin().partition())
                .amount("the origin's offset", head.origin().offset())
                .amount("the number of tokens cut", head.cut())
                .when(tokens > MOST_TOKENS, "it has " + tokens + " tokens")
                .when(
                        head.sequence().chunks() != chunks,
                        tokens + " tokens in " + head.sequence().chunks() + " chunks")
                .when(
                        head.chunk() < 0 || head.chunk() >= chunks,
                        "chunk " + head.chunk() + " of " + chunks);
        return impossible.found().or(() -> chunkProblem(record, head.chunk(), tokens));
    }

    private static Optional<String> chunkProblem(
            ConsumerRecord<byte[], byte[]> record, int chunk, int tokens) {
        int count = Math.min(CHUNK_TOKENS, tokens - chunk * CHUNK_TOKENS);
        byte[] value = record.value();
        if (value == null || value.length != count * 5) {
            return Optional.of("chunk " + chunk + " should hold " + count + " tokens in "
                    + count * 5 + " bytes");
        }
        return crc32c(value) == number(record.headers(), "plimsoll_crc32c")
                ? Optional.empty()
                : Optional.of("chunk " + chunk + " has another checksum than its header says");
    }

    private static List<String> leftOut(ConsumerRecord<byte[], byte[]> record) {
        String names = find(record.headers(), LEFT_OUT);
        return names == null ? List.of() : List.of(names.split(","));
    }

    private static String source(ConsumerRecord<byte[], byte[]> record) {
        String named = WireHeaders.find(record.headers(), SourceName.HEADER);
        if (named == null) {
            return SourceName.DEFAULT;
        }
        SourceName.require(named);
        return named;
    }

    /** All chunks of one sequence, in order. */
    public static Decoded<TokenizedSample> decode(List<ConsumerRecord<byte[], byte[]>> chunks) {
        ConsumerRecord<byte[], byte[]> first = chunks.getFirst();
        return switch (decodeHead(first)) {
            case Decoded.Ok<Head>(Head head) -> decode(head, chunks);
            case Decoded.Malformed<Head>(var where, var problem) ->
                new Decoded.Malformed<>(where, problem);
        };
    }

    private static Decoded<TokenizedSample> decode(
            Head head, List<ConsumerRecord<byte[], byte[]>> chunks) {
        ConsumerRecord<byte[], byte[]> first = chunks.getFirst();
        if (head.chunk() != 0 || chunks.size() != head.sequence().chunks()) {
            return new Decoded.Malformed<>(
                    where(first),
                    "chunk " + head.chunk() + " with " + chunks.size() + " records at hand, of "
                            + head.sequence().chunks());
        }
        int[] tokens = new int[head.sequence().tokens()];
        boolean[] trainOn = new boolean[tokens.length];
        for (int i = 0; i < chunks.size(); i++) {
            String problem = readChunk(chunks.get(i), i, tokens, trainOn);
            if (problem != null) {
                return new Decoded.Malformed<>(where(chunks.get(i)), problem);
            }
        }
        return new Decoded.Ok<>(new TokenizedSample(
                head.sampleId(),
                head.origin(),
                head.sha256(),
                tokens,
                trainOn,
                head.cut(),
                head.leftOut(),
                head.source()));
    }

    private static String readChunk(
            ConsumerRecord<byte[], byte[]> record, int chunk, int[] tokens, boolean[] trainOn) {
        int from = chunk * CHUNK_TOKENS;
        int count = Math.min(CHUNK_TOKENS, tokens.length - from);
        try {
            Optional<String> problem = chunkProblem(record, chunk, tokens.length);
            if (problem.isPresent() || number(record.headers(), CHUNK) != chunk) {
                return problem.orElse("chunk " + chunk + " is not what its headers say");
            }
        } catch (IllegalArgumentException e) {
            return "chunk " + chunk + ": " + e.getMessage();
        }
        ByteBuffer buffer = ByteBuffer.wrap(record.value()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            tokens[from + i] = buffer.getInt();
            if (tokens[from + i] < 0) {
                return "token " + (from + i) + " has the id " + tokens[from + i];
            }
        }
        for (int i = 0; i < count; i++) {
            trainOn[from + i] = buffer.get() != 0;
        }
        return null;
    }
}
