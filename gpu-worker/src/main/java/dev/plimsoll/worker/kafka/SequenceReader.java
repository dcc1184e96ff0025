package dev.plimsoll.worker.kafka;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fetches the tokens that commands refer to, ahead of the engine. Steps take neighbouring ordinals,
 * so what a poll brings beyond the one asked for is kept for a while.
 */
public final class SequenceReader extends RequestReader<SequenceReader.Request> {

    /** Called on the reader's thread, once a request. */
    public interface Listener {
        void read(Attempt attempt, List<PackedSequence> sequences);

        void unreadable(Attempt attempt, String problem);
    }

    record Request(Attempt attempt, List<SequenceRef> sequences) {}

    private static final Duration FETCH_WAIT = Duration.ofMillis(5);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int CACHED_RECORDS = 4_096;
    private static final long CACHED_BYTES = 16L << 20;

    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final Listener listener;
    private final int vocabulary;
    private final LinkedHashMap<Long, ConsumerRecord<byte[], byte[]>> cache = new LinkedHashMap<>();
    private long cachedBytes;

    /** @param vocabulary of the model: a token's id is below it */
    public SequenceReader(
            Clients clients, Topics topics, String clientId, int vocabulary, Listener listener) {
        this(
                clients.stretchReader(clientId + "-sequences", FETCH_WAIT),
                topics,
                vocabulary,
                listener);
    }

    private SequenceReader(
            Consumer<byte[], byte[]> consumer, Topics topics, int vocabulary, Listener listener) {
        super(consumer);
        this.vocabulary = vocabulary;
        this.consumer = consumer;
        this.partition = new TopicPartition(topics.tokenized(), 0);
        this.listener = listener;
        consumer.assign(List.of(partition));
    }

    /** Any thread. */
    public void request(Attempt attempt, List<SequenceRef> sequences) {
        add(new Request(attempt, sequences));
    }

    @Override
    void answer(Request request) {
        List<PackedSequence> sequences = new ArrayList<>();
        for (SequenceRef ref : request.sequences()) {
            switch (read(ref)) {
                case Decoded.Ok<TokenizedSample>(TokenizedSample sample) ->
                    sequences.add(
                            new PackedSequence(ref.ordinal(), sample.tokens(), sample.trainOn()));
                case Decoded.Malformed<TokenizedSample>(String where, String problem) -> {
                    listener.unreadable(request.attempt(), where + ": " + problem);
                    return;
                }
            }
        }
        listener.read(request.attempt(), sequences);
    }

    private Decoded<TokenizedSample> read(SequenceRef ref) {
        List<ConsumerRecord<byte[], byte[]>> chunks = new ArrayList<>();
        for (long offset = ref.ordinal(); offset < ref.ordinal() + ref.chunks(); offset++) {
            ConsumerRecord<byte[], byte[]> record = record(offset);
            if (record == null) {
                return new Decoded.Malformed<>(
                        partition + " at offset " + offset, "there is no such record");
            }
            chunks.add(record);
        }
        Decoded<TokenizedSample> decoded = TokenizedSample.decode(chunks);
        if (decoded instanceof Decoded.Ok<TokenizedSample>(var sample)) {
            int greatest = Arrays.stream(sample.tokens()).max().orElseThrow();
            if (greatest >= vocabulary) {
                return new Decoded.Malformed<>(
                        partition + " at offset " + ref.ordinal(),
                        "token " + greatest + " is beyond the model's vocabulary of " + vocabulary);
            }
        }
        return decoded;
    }

    private ConsumerRecord<byte[], byte[]> record(long offset) {
        if (!cache.containsKey(offset)) {
            fill(offset);
        }
        return cache.get(offset);
    }

    /**
     * Waits for as long as the broker is away: only its word that there is no such record makes one
     * missing.
     */
    private void fill(long offset) {
        consumer.seek(partition, offset);
        try {
            while (!cache.containsKey(offset) && !isClosed()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                records.forEach(this::keep);
                if (consumer.position(partition) > offset
                        || (records.isEmpty() && isBeyondTheEnd(offset))) {
                    return;
                }
            }
        } catch (OffsetOutOfRangeException e) {
            // deleted by retention: the caller finds no record and says so
        }
    }

    private boolean isBeyondTheEnd(long offset) {
        try {
            return consumer.endOffsets(List.of(partition), PATIENCE).get(partition) <= offset;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void keep(ConsumerRecord<byte[], byte[]> record) {
        ConsumerRecord<byte[], byte[]> before = cache.remove(record.offset());
        cache.put(record.offset(), record);
        cachedBytes +=
                record.serializedValueSize() - (before == null ? 0 : before.serializedValueSize());
        var oldest = cache.entrySet().iterator();
        while (cache.size() > 1 && (cache.size() > CACHED_RECORDS || cachedBytes > CACHED_BYTES)) {
            Map.Entry<Long, ConsumerRecord<byte[], byte[]>> entry = oldest.next();
            cachedBytes -= entry.getValue().serializedValueSize();
            oldest.remove();
        }
    }
}
