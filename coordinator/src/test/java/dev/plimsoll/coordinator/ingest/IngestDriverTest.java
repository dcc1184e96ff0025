package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.wire.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The order of what is read, written and committed; what records become is IngestCoreTest's. */
class IngestDriverTest {

    private static final Topics TOPICS = new Topics("t");

    private final IngestDriver driver = new IngestDriver(new IngestCore(
            TOPICS, sample -> new TokenSequence(new int[] {1, 2}, new boolean[] {false, true})));

    private static ConsumerRecord<byte[], byte[]> sample(int partition, long offset) {
        return new ConsumerRecord<>(
                TOPICS.samples(),
                partition,
                offset,
                ("s" + partition + "-" + offset).getBytes(UTF_8),
                "{\"text\":\"a\"}".getBytes(UTF_8));
    }

    private IngestTransaction commit(Optional<IngestTransaction> transaction) {
        driver.committed(transaction.orElseThrow());
        return transaction.get();
    }

    @Test
    void anOpeningCommitsTheGroupsOffsetsOnceMoreAndThoseThatOnlyRecordsKnow() {
        IngestCore before = new IngestCore(
                TOPICS, any -> new TokenSequence(new int[] {1, 2}, new boolean[] {false, true}));
        before.decide(List.of(sample(1, 6))).records().stream()
                .map(sent -> {
                    ConsumerRecord<byte[], byte[]> read =
                            new ConsumerRecord<>(sent.topic(), 0, 0, sent.key(), sent.value());
                    sent.headers().forEach(read.headers()::add);
                    return read;
                })
                .forEach(driver::tokenizedRead);
        IngestTransaction opening = commit(driver.opened(Map.of(0, 5L)));
        assertThat(opening.nextOffsets()).isEqualTo(Map.of(0, 5L, 1, 7L));
        assertThat(opening.records()).isEmpty();
        assertThat(opening.counts()).isEqualTo(Counts.NONE);
        assertThat(commit(driver.renewal()).nextOffsets()).isEqualTo(opening.nextOffsets());
    }

    @Test
    void whoKnowsNothingHasNothingToCommit() {
        assertThat(driver.opened(Map.of())).isEmpty();
        assertThat(driver.renewal()).isEmpty();
        assertThat(driver.assigned(Map.of(0, 0L))).isEmpty();
        assertThat(driver.samplesRead(List.of())).isEmpty();
        assertThat(driver.positions()).isEqualTo(Map.of(0, 0L));
    }

    @Test
    void readsFromBehindWhatIsDealtWithAndBooksWhatIsGone() {
        commit(driver.opened(Map.of(0, 5L, 1, 5L)));
        assertThat(driver.gaps(Map.of(0, 2L, 1, 8L, 2, 0L)))
                .isEqualTo(Map.of(1, new IngestCore.Gap(5, 8)));
        IngestTransaction booking = commit(driver.assigned(Map.of(0, 2L, 1, 8L, 2, 0L)));
        assertThat(booking.records()).hasSize(1);
        assertThat(booking.nextOffsets()).isEqualTo(Map.of(1, 8L));
        assertThat(driver.positions()).isEqualTo(Map.of(0, 5L, 1, 8L, 2, 0L));
        assertThat(driver.assigned(Map.of(2, 0L))).isEmpty();
        assertThat(driver.positions()).as("of those that are read now").isEqualTo(Map.of(2, 0L));
    }

    @Test
    void whatIsDecidedCountsOnceItIsCommitted() {
        driver.opened(Map.of());
        driver.assigned(Map.of(0, 0L));
        Optional<IngestTransaction> read = driver.samplesRead(List.of(sample(0, 0), sample(0, 1)));
        assertThat(driver.nextOffset(0)).isZero();
        assertThat(commit(read).counts()).isEqualTo(new Counts(2, 0, 0));
        assertThat(driver.nextOffset(0)).isEqualTo(2);
        assertThat(driver.samplesRead(List.of(sample(0, 1))))
                .as("was dealt with")
                .isEmpty();
    }

    @Test
    void samplesThatAreDeletedWhileTheyWaitAreNoticedAtTheSecondLook() {
        driver.opened(Map.of());
        driver.assigned(Map.of(0, 0L, 1, 0L));
        assertThat(driver.look(Map.of(0, 3L, 1, 0L))).isEmpty();
        assertThat(driver.look(Map.of())).as("the broker does not say").isEmpty();
        assertThat(driver.look(Map.of(0, 3L, 1, 0L))).isEmpty();
        assertThat(driver.look(Map.of(0, 3L, 1, 0L)).orElseThrow())
                .contains("offset 0 of partition 0");
    }

    static Stream<Arguments> movesBeforeItIsOpen() {
        return Stream.of(
                move("renewal", IngestDriver::renewal),
                move("assigned", driver -> driver.assigned(Map.of(0, 0L))),
                move("samples read", driver -> driver.samplesRead(List.of(sample(0, 0)))),
                move("positions", IngestDriver::positions),
                move("look", driver -> driver.look(Map.of(0, 0L))),
                move("committed", driver -> driver.committed(other())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("movesBeforeItIsOpen")
    void nothingIsDoneBeforeWhatIsDurableWasRead(String name, Consumer<IngestDriver> move) {
        assertThatThrownBy(() -> move.accept(driver)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("movesBeforeItIsOpen")
    void nothingIsDoneWhileATransactionIsAwaited(String name, Consumer<IngestDriver> move) {
        driver.opened(Map.of(0, 5L));
        assertThatThrownBy(() -> move.accept(driver)).isInstanceOf(IllegalStateException.class);
    }

    static Stream<Arguments> movesOfAnOpening() {
        return Stream.of(
                move("tokenized read", driver -> driver.tokenizedRead(sample(0, 0))),
                move("rejected read", driver -> driver.rejectedRead(sample(0, 0))),
                move("opened", driver -> driver.opened(Map.of())),
                move("committed", driver -> driver.committed(other())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("movesOfAnOpening")
    void whatIsOpenIsNotOpenedAgain(String name, Consumer<IngestDriver> move) {
        commit(driver.opened(Map.of(0, 5L)));
        assertThatThrownBy(() -> move.accept(driver)).isInstanceOf(IllegalStateException.class);
    }

    private static Arguments move(String name, Consumer<IngestDriver> move) {
        return Arguments.of(name, move);
    }

    private static IngestTransaction other() {
        return new IngestTransaction(
                List.of(),
                new TreeMap<>(Map.of(0, 5L)),
                new TreeMap<>(Map.of(0, 5L)),
                Map.of(),
                new TreeMap<>(),
                Counts.NONE);
    }
}
