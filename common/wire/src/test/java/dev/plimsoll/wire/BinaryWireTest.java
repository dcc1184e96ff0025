package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.TensorChunk;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class BinaryWireTest {

    @Property(tries = 200)
    void aTensorChunkRoundTrips(
            @ForAll @Size(max = 300) float[] values, @ForAll @IntRange(max = 63) int shard) {
        TensorChunk chunk = new TensorChunk(shard, 2, "sum", 77, values);
        ConsumerRecord<byte[], byte[]> record =
                GoldenWireTest.received(chunk.toRecord("t", "worker-1"));
        assertThat(TensorChunk.isChunk(record)).isTrue();
        assertThat(TensorChunk.decode(record)).isInstanceOfSatisfying(Decoded.Ok.class, ok -> {
            TensorChunk read = (TensorChunk) ok.value();
            assertThat(read.key()).isEqualTo(chunk.key());
            assertThat(read.owner()).isEqualTo(77);
            assertThat(Arrays.equals(read.values(), values)).isTrue();
        });
    }

    @Property(tries = 100)
    void aFlippedBitIsNoticed(
            @ForAll @Size(min = 1, max = 50) float[] values,
            @ForAll @IntRange(max = 1599) int bit) {
        ConsumerRecord<byte[], byte[]> record =
                GoldenWireTest.received(new TensorChunk(0, 0, "sum", 1, values).toRecord("t", "w"));
        int at = bit % (record.value().length * 8);
        record.value()[at / 8] ^= (byte) (1 << (at % 8));
        assertThat(TensorChunk.decode(record)).isInstanceOf(Decoded.Malformed.class);
    }

    @Property(tries = 40)
    void aTokenizedSampleRoundTripsInChunks(
            @ForAll @IntRange(min = 1, max = 250_000) int tokens, @ForAll long seed) {
        Random random = new Random(seed);
        boolean[] trainOn = new boolean[tokens];
        int[] ids = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = random.nextInt(Integer.MAX_VALUE);
            trainOn[i] = random.nextBoolean();
        }
        TokenizedSample sample = new TokenizedSample(
                "s",
                new SampleOrigin(1, 2),
                "ff",
                ids,
                trainOn,
                3,
                List.of("reasoning", "tools"),
                "news");
        List<ConsumerRecord<byte[], byte[]>> received = new ArrayList<>();
        long offset = 1_000;
        for (ProducerRecord<byte[], byte[]> sent : sample.toRecords("t")) {
            assertThat(sent.value().length).isLessThanOrEqualTo(512 * 1024);
            ConsumerRecord<byte[], byte[]> record =
                    new ConsumerRecord<>("t", 0, offset++, sent.key(), sent.value());
            sent.headers().forEach(header -> record.headers().add(header));
            received.add(record);
        }
        assertThat(received).hasSize(sample.chunks());
        Decoded.Ok<TokenizedSample> read =
                (Decoded.Ok<TokenizedSample>) TokenizedSample.decode(received);
        assertThat(read.value().tokens()).isEqualTo(ids);
        assertThat(read.value().source()).isEqualTo("news");
        assertThat(read.value().leftOut()).containsExactly("reasoning", "tools");
        assertThat(read.value().trainOn()).isEqualTo(trainOn);
        for (ConsumerRecord<byte[], byte[]> record : received) {
            TokenizedSample.Head head =
                    ((Decoded.Ok<TokenizedSample.Head>) TokenizedSample.decodeHead(record)).value();
            assertThat(head.sequence())
                    .isEqualTo(
                            new SequenceRef(1_000, tokens, sample.lossTokens(), sample.chunks()));
        }
        received.getFirst().value()[0] ^= 1;
        assertThat(TokenizedSample.decode(received)).isInstanceOf(Decoded.Malformed.class);
    }

    @Property
    void shardsAndChunksCutTheVectorWithoutGapOrOverlap(
            @ForAll @IntRange(min = 1, max = 64) int shards,
            @ForAll @LongRange(min = 64, max = 50_000_000) long count) {
        ShardLayout layout = new ShardLayout(count, shards);
        long at = 0;
        for (int shard = 0; shard < shards; shard++) {
            assertThat(layout.start(shard)).isEqualTo(at);
            int within = 0;
            for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
                assertThat(layout.chunkStart(chunk)).isEqualTo(within);
                assertThat(layout.chunkLength(shard, chunk)).isBetween(1, ShardLayout.CHUNK_VALUES);
                within += layout.chunkLength(shard, chunk);
            }
            assertThat(within).isEqualTo(layout.length(shard));
            at += within;
        }
        assertThat(at).isEqualTo(count);
    }

    @Example
    void aLargeAdapterIsCutIntoMoreShards() {
        assertThat(ShardLayout.shardsFor(1)).isEqualTo(1);
        assertThat(ShardLayout.shardsFor(45_440)).isEqualTo(2);
        assertThat(ShardLayout.shardsFor(20_971_520)).isEqualTo(8);
        assertThat(ShardLayout.shardsFor(41_943_040)).isEqualTo(16);
        assertThat(ShardLayout.shardsFor(1_000_000_000)).isEqualTo(16);
    }

    @Property
    void shardsReportWhereNoWorkerDoes(
            @ForAll String workerId, @ForAll @IntRange(max = 63) int shard) {
        assertThat(Topics.reportPartition(new Report.Left(workerId, 1, "test"))).isBetween(1, 3);
        assertThat(Topics.reportPartition(new Report.ShardReady(shard, 0))).isZero();
    }

    @Property(tries = 30)
    void whatIsParkedFitsIntoARecord(
            @ForAll @IntRange(max = 4_000_000) int bytes, @ForAll @Size(max = 20) String problem) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "plimsoll.control", 0, 7, new byte[bytes / 4], new byte[bytes]);
        record.headers().add("big", new byte[bytes / 8]);
        ProducerRecord<byte[], byte[]> parked =
                ParkedRecord.of(record, "plimsoll.parked", "here", problem.repeat(1_000), "test");
        assertThat(parked.value()).hasSizeLessThanOrEqualTo(ParkedRecord.MAX_VALUE_BYTES);
        assertThat(parked.key()).hasSizeLessThanOrEqualTo(ParkedRecord.MAX_KEY_BYTES);
        assertThat(new String(
                        parked.headers().lastHeader("plimsoll_bytes").value(),
                        StandardCharsets.UTF_8))
                .isEqualTo(Integer.toString(bytes));
        long headers = 0;
        for (var header : parked.headers()) {
            headers += header.value().length;
        }
        assertThat(headers).isLessThan(64 * 1024);
    }

    @Property
    void everyLaneHasAPartitionAndOnlyLaneZeroHasTheFirst(
            @ForAll @IntRange(min = 1, max = 1_000_000) int lane) {
        assertThat(Topics.lanePartition(lane)).isBetween(1, Topics.LANE_PARTITIONS - 1);
        assertThat(Topics.lanePartition(0)).isZero();
    }
}
