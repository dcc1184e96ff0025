package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The decisions alone; what they become on a broker is in IngestSessionTest. */
class IngestCoreTest {

    private static final Topics TOPICS = new Topics("t");
    private static final String A = "{\"text\":\"a\"}";
    private static final String B = "{\"text\":\"b\"}";

    private final IngestCore core = core();
    private final List<ConsumerRecord<byte[], byte[]>> tokenized = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> rejected = new ArrayList<>();

    private static IngestCore core() {
        return new IngestCore(
                TOPICS, sample -> new TokenSequence(new int[] {1, 2}, new boolean[] {false, true}));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            int partition, long offset, String key, String value) {
        return new ConsumerRecord<>(
                TOPICS.samples(),
                partition,
                offset,
                key == null ? null : key.getBytes(UTF_8),
                value.getBytes(UTF_8));
    }

    /** What a restart would find, without the group's offsets. */
    private IngestCore restarted() {
        IngestCore next = core();
        tokenized.forEach(next::tokenized);
        rejected.forEach(next::rejected);
        return next;
    }

    private Counts commit(IngestTransaction decided) {
        decided.records().forEach(this::append);
        core.apply(decided);
        return decided.counts();
    }

    private void append(ProducerRecord<byte[], byte[]> out) {
        List<ConsumerRecord<byte[], byte[]>> log =
                out.topic().equals(TOPICS.tokenized()) ? tokenized : rejected;
        ConsumerRecord<byte[], byte[]> in =
                new ConsumerRecord<>(out.topic(), 0, log.size(), out.key(), out.value());
        out.headers().forEach(in.headers()::add);
        log.add(in);
    }

    private RejectedSample lastRejected() {
        return ((Decoded.Ok<RejectedSample>) Wire.REJECTED.decode(rejected.getLast())).value();
    }

    /** What it became carries the same trace, and a span of its own. */
    @Test
    void aTraceGoesOn() {
        TraceContext theirs = TraceContext.begin("theirs");
        ConsumerRecord<byte[], byte[]> good = record(0, 0, "a", A);
        ConsumerRecord<byte[], byte[]> bad = record(0, 1, "b", "no sample");
        good.headers().add(theirs.header());
        bad.headers().add(theirs.header());
        commit(core.decide(List.of(good, bad, record(0, 2, "c", B))));
        assertThat(TraceContext.of(tokenized.getFirst().headers())).contains(theirs.within("0/0"));
        assertThat(TraceContext.of(rejected.getFirst().headers())).contains(theirs.within("0/1"));
        assertThat(TraceContext.of(tokenized.getLast().headers())).isEmpty();
    }

    @Test
    void whatTheTemplateLeavesOutIsCountedAndWritten() {
        IngestCore drops = new IngestCore(
                TOPICS,
                sample -> new TokenSequence(
                        new int[] {1, 2},
                        new boolean[] {false, true},
                        List.of("reasoning_content", "tools")));
        IngestTransaction decided = drops.decide(List.of(record(0, 0, "x", A)));
        assertThat(decided.counts()).isEqualTo(new Counts(1, 0, 0, 0, 1));
        decided.records().forEach(this::append);
        assertThat(((Decoded.Ok<TokenizedSample.Head>)
                                TokenizedSample.decodeHead(tokenized.getLast()))
                        .value()
                        .leftOut())
                .containsExactly("reasoning_content", "tools");
    }

    @Test
    void decidingChangesNothing() {
        List<ConsumerRecord<byte[], byte[]>> records =
                List.of(record(0, 0, "x", A), record(0, 1, "x", B));
        assertThat(core.decide(records).counts()).isEqualTo(new Counts(1, 1, 0));
        assertThat(core.nextOffsets()).isEmpty();
        assertThat(core.decide(records).counts()).isEqualTo(new Counts(1, 1, 0));
        assertThat(commit(core.decide(records))).isEqualTo(new Counts(1, 1, 0));
        assertThat(core.decide(records).nextOffsets()).isEmpty();
        assertThat(core.nextOffsets()).isEqualTo(Map.of(0, 2L));
    }

    @Test
    void anIdIsTakenWithinABatchAsAcrossBatches() {
        assertThat(commit(core.decide(
                        List.of(record(0, 0, "x", A), record(1, 0, "x", A), record(1, 1, "x", B)))))
                .isEqualTo(new Counts(1, 1, 1));
        assertThat(lastRejected().reason()).isEqualTo(RejectionReason.ID_REUSED);
        assertThat(lastRejected().origin()).isEqualTo(new SampleOrigin(1, 1));
        assertThat(commit(core.decide(List.of(record(0, 1, "x", A), record(1, 2, "x", B)))))
                .isEqualTo(new Counts(0, 1, 1));
    }

    @Test
    void aRestartKnowsEveryIdThatWasTaken() {
        ConsumerRecord<byte[], byte[]> marker = record(0, 2, "cut", "{");
        // announced by another program than ours: without the hash of the whole
        marker.headers().add("plimsoll_oversize", "90000000".getBytes(UTF_8));
        commit(core.decide(List.of(
                record(0, 0, "x", A), record(0, 1, "broken", "{"), marker, record(0, 3, "x", B))));
        IngestCore next = restarted();
        assertThat(next.nextOffsets()).isEqualTo(Map.of(0, 4L));
        List<ConsumerRecord<byte[], byte[]>> again = List.of(
                record(1, 0, "x", A),
                record(1, 1, "broken", A),
                record(1, 2, "cut", A),
                record(1, 3, "x", B));
        assertThat(next.decide(again).counts())
                .isEqualTo(core.decide(again).counts())
                .isEqualTo(new Counts(0, 3, 1));
    }

    @Test
    void theSourceThatASubmitterNamesTravelsWithTheSample() {
        ConsumerRecord<byte[], byte[]> named = record(0, 0, "x", A);
        named.headers().add("plimsoll_source", "news".getBytes(UTF_8));
        ConsumerRecord<byte[], byte[]> unusable = record(0, 1, "y", A);
        unusable.headers().add("plimsoll_source", "no news".getBytes(UTF_8));
        commit(core.decide(List.of(named, unusable, record(0, 2, "z", A))));
        assertThat(tokenized.stream().map(IngestCoreTest::source))
                .containsExactly("news", "default");
        assertThat(lastRejected().reason()).isEqualTo(RejectionReason.BAD_FIELD);
        assertThat(lastRejected().note())
                .contains("plimsoll_source")
                .contains("source name 'no news' is not usable");
    }

    private static String source(ConsumerRecord<byte[], byte[]> record) {
        return ((Decoded.Ok<TokenizedSample.Head>) TokenizedSample.decodeHead(record))
                .value()
                .source();
    }

    @Test
    void whatWasDeletedUnreadIsBookedOnce() {
        commit(core.decide(List.of(record(0, 0, "x", A))));
        Map<Integer, Long> beginnings = new TreeMap<>(Map.of(0, 5L, 1, 0L));
        commit(core.deleted(beginnings));
        assertThat(core.nextOffsets()).isEqualTo(Map.of(0, 5L));
        RejectedSample lost = lastRejected();
        assertThat(lost.reason()).isEqualTo(RejectionReason.DELETED_UNREAD);
        assertThat(lost.origin()).isEqualTo(new SampleOrigin(0, 4));
        assertThat(lost.note()).contains("t.samples-0 offsets 1 to 4").contains("lost");
        assertThat(core.deleted(beginnings).records()).isEmpty();
        assertThat(restarted().deleted(beginnings).nextOffsets()).isEmpty();
        assertThat(restarted().decide(List.of(record(0, 5, "y", A))).counts())
                .isEqualTo(new Counts(1, 0, 0));
    }
}
