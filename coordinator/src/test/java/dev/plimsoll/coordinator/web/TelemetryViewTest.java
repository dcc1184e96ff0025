package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.web.history.Hull;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.ForeignRecords;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.RunIdentity;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** Row 9 of the hostile inputs: what a flood of telemetry leaves in memory. */
class TelemetryViewTest {

    private static final String KEY = "c0".repeat(32);
    private static final int FLOOD = 20_000;

    private final Topics topics = new Topics("page");
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AtomicReference<Optional<RunIdentity>> run =
            new AtomicReference<>(Optional.of(new RunIdentity(KEY, "", new TreeMap<>())));
    private final PageGate gate = new PageGate(run::get);

    private static Telemetry measured(String workerId) {
        return new Telemetry.WorkerMeasured(
                workerId, 1, 10, 3, new MemoryMeasures(1, 2, 3, 4, 5, 6), 0);
    }

    private ProducerRecord<byte[], byte[]> record(String workerId) {
        return Wire.TELEMETRY.toRecord(
                topics.telemetry(), 0, workerId, measured(workerId), workerId, "1");
    }

    private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(sent.topic(), 0, 7, sent.key(), sent.value());
        sent.headers().forEach(header -> record.headers().add(header));
        return record;
    }

    @Test
    void aFloodUnderMadeUpIdsOfTheRunIsBounded() {
        TelemetryView view = new TelemetryView(metrics, gate, id -> true, 1_000);
        for (int i = 0; i < FLOOD; i++) {
            view.take(measured("made-up-" + i), i);
        }
        assertThat(metrics.getMeters()).hasSize(10 * 1_000);
        assertThat(view.worker("made-up-999")).isPresent();
        assertThat(view.worker("made-up-1000")).isEmpty();
    }

    private static Telemetry ofCards(int cards) {
        List<MemoryMeasures> each = new ArrayList<>();
        for (int card = 0; card < cards; card++) {
            each.add(new MemoryMeasures(1, 20 + card, 3, 4, 5, 6));
        }
        return new Telemetry.WorkerMeasured("wide", 1, 10, 3, MemoryMeasures.of(each), 0);
    }

    private static PlannerDetail.Deck deckOfTwo() {
        return new PlannerDetail.Deck(
                false,
                90,
                0,
                2,
                0,
                List.of(),
                List.of(
                        new PlannerDetail.CardDeck(50, 1, 30),
                        new PlannerDetail.CardDeck(40, 1, 0)));
    }

    @Test
    void eachCardOfAWorkerHasAHullAndMetrics() {
        TelemetryView view =
                new TelemetryView(metrics, gate, id -> true, _ -> Optional.of(deckOfTwo()), 1_000);
        view.take(ofCards(2), 0);
        view.take(ofCards(2), 3_000);
        assertThat(view.hulls()).containsOnlyKeys("wide", "wide card 0", "wide card 1");
        assertThat(view.hulls().get("wide card 1").all())
                .containsExactly(new Hull.Point(0, 1, 21, 3, 5, 40, 0, 0));
        assertThat(view.hulls().get("wide").all())
                .containsExactly(new Hull.Point(0, 2, 41, 6, 10, 90, 0, 10));
        assertThat(metrics.get("plimsoll.worker.card.memory")
                        .tags("card", "1", "kind", "peak")
                        .gauge()
                        .value())
                .isEqualTo(21);
        assertThat(metrics.getMeters()).hasSize(10 + 2 * 6);
    }

    @Test
    void cardsThatAWorkerHasNotJoinedWithAreNotShown() {
        TelemetryView view =
                new TelemetryView(metrics, gate, id -> true, _ -> Optional.of(deckOfTwo()), 1_000);
        view.take(ofCards(64), 0);
        assertThat(view.hulls()).hasSize(3);
        assertThat(metrics.getMeters()).hasSize(10 + 2 * 6);
        new TelemetryView(new SimpleMeterRegistry(), gate, id -> true, 1_000).take(ofCards(64), 0);
    }

    @Test
    void asManyWorkersAreShownAsTheSettingSaysAndNoMore() {
        TelemetryView view = new TelemetryView(metrics, gate, id -> true, 2);
        for (String workerId : List.of("anna", "berta", "carla", "anna")) {
            view.take(measured(workerId), 1);
        }
        assertThat(view.worker("anna")).isPresent();
        assertThat(view.worker("berta")).isPresent();
        assertThat(view.worker("carla")).isEmpty();
        assertThat(TelemetryView.full("carla", 2)).contains("carla", "2 workers", "page-workers");
    }

    @Test
    void whoIsNotOfTheFleetLeavesNothing() {
        TelemetryView view = new TelemetryView(metrics, gate, "anna"::equals, 1_000);
        for (int i = 0; i < FLOOD; i++) {
            view.take(measured("made-up-" + i), i);
        }
        view.take(measured("anna"), FLOOD);
        assertThat(view.worker("anna")).isPresent();
        assertThat(metrics.getMeters()).hasSize(10);
    }

    @Test
    void aStrangersRecordIsNotShown() {
        TelemetryView view = new TelemetryView(metrics, gate, id -> true, 1_000);
        Seal seal = new Seal(KEY);
        long before = ForeignRecords.all();
        view.take(read(record("mallory")));
        view.take(read(new Seal("0b".repeat(32)).sealed(record("mallory"))));
        view.take(read(seal.sealed(
                new ProducerRecord<>(topics.telemetry(), 0, null, new byte[] {'{', '}'}))));
        assertThat(view.worker("mallory")).isEmpty();
        assertThat(ForeignRecords.all() - before).isEqualTo(3);
        view.take(read(seal.sealed(record("anna"))));
        assertThat(view.worker("anna")).isPresent();
    }

    /** It may begin while this process runs; what was written before it is nobody's. */
    @Test
    void beforeThereIsARunNothingIsShown() {
        run.set(Optional.empty());
        TelemetryView view = new TelemetryView(metrics, gate, id -> true, 1_000);
        view.take(read(new Seal(KEY).sealed(record("anna"))));
        assertThat(view.worker("anna")).isEmpty();
    }

    @Test
    void aRunWithoutASealIsShownAsItIs() {
        run.set(Optional.of(RunIdentity.UNKNOWN));
        TelemetryView view = new TelemetryView(metrics, gate, id -> true, 1_000);
        view.take(read(record("anna")));
        assertThat(view.worker("anna")).isPresent();
    }
}
