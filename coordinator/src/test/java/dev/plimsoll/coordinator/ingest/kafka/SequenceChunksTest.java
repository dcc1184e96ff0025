package dev.plimsoll.coordinator.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class SequenceChunksTest {

    private static final String TOKENIZED = "run.tokenized";

    /** A sequence of one chunk, one of three, a rejection, and one of two. */
    @ParameterizedTest
    @CsvSource({
        "10 11 12 13 0 14 15, true",
        "the others may lie anywhere: 10 17 18 19 0 30 31, true",
        "10 11 13 14 0 15 16, false",
        "10 11 12 14 0 15 16, false",
        "10 11 12 13 0 14 16, false"
    })
    void aSequenceIsTogetherWhenNothingLiesBetweenItsChunks(String offsets, boolean together) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.addAll(sequence(1).toRecords(TOKENIZED));
        records.addAll(sequence(2 * TokenizedSample.CHUNK_TOKENS + 1).toRecords(TOKENIZED));
        records.add(new ProducerRecord<>("run.samples.rejected", new byte[1]));
        records.addAll(sequence(TokenizedSample.CHUNK_TOKENS + 1).toRecords(TOKENIZED));

        List<RecordMetadata> places = Arrays.stream(
                        offsets.substring(offsets.indexOf(':') + 1).trim().split(" "))
                .map(SequenceChunksTest::place)
                .toList();

        assertThat(places).hasSameSizeAs(records);
        assertThat(new SequenceChunks(records, TOKENIZED).areTogether(places)).isEqualTo(together);
    }

    private static TokenizedSample sequence(int tokens) {
        return new TokenizedSample(
                "id", new SampleOrigin(0, 0), "00", new int[tokens], new boolean[tokens]);
    }

    private static RecordMetadata place(String offset) {
        return new RecordMetadata(
                new TopicPartition(TOKENIZED, 0), Long.parseLong(offset), 0, 0, 0, 0);
    }
}
