package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

class WorkerCardsTest {

    private static Optional<List<Integer>> cards(String text) {
        return Optional.ofNullable(text)
                .map(given ->
                        Arrays.stream(given.split("\\+")).map(Integer::valueOf).toList());
    }

    private static List<String> gpus(String text) {
        return text == null ? List.of() : List.of(text.split(" "));
    }

    /** GPUs are named a, b, c; a dash is a worker that inherits CUDA_VISIBLE_DEVICES. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
              |     |       | 0       | -
            3 |     |       | 0 0 0   | - - -
              | 0+1 |       | 0+1     | -
            1 | 0+1 |       | 0+1     | -
              |     | a b   | 0 1     | a b
            1 |     | a b   | 0       | a
            3 |     | a b   | 0 1 0   | a b a
              | 0+1 | a b c | 0+1     | -
              | 2+0 | a b c | 2+0     | -
            1 | 1   | a b c | 1       | -
            """)
    void eachWorkerHasItsCards(
            Integer workers, String devices, String gpus, String expected, String visible) {
        WorkerCards cards = WorkerCards.of(workers, cards(devices), gpus(gpus));
        assertThat(cards.workers())
                .isEqualTo(Arrays.stream(expected.split(" "))
                        .map(worker -> cards(worker).orElseThrow())
                        .toList());
        String[] names = visible.split(" ");
        for (int i = 0; i < names.length; i++) {
            assertThat(cards.visible(i).orElse("-")).isEqualTo(names[i]);
        }
    }

    @Test
    void cardsThatAreNotThereAreNamedWithThoseThatAre() {
        assertThatThrownBy(() -> WorkerCards.of(null, cards("0+2"), gpus("a b")))
                .hasMessage("--devices names card 2, and this process sees 2 cards, 0 to 1: name "
                        + "others, or let CUDA_VISIBLE_DEVICES show more");
        assertThatThrownBy(() -> WorkerCards.of(null, cards("1"), gpus("a")))
                .hasMessageContaining("this process sees 1 card, 0:");
    }

    @Test
    void theCardsAreThoseOfOneWorker() {
        assertThatThrownBy(() -> WorkerCards.of(2, cards("0+1"), gpus("a b c d")))
                .hasMessageContaining("--devices 0,1 names the cards of one worker")
                .hasMessageContaining("--workers is 2; leave out --workers, or leave out --devices")
                .hasMessageContaining("CUDA_VISIBLE_DEVICES");
    }

    @Test
    void aPersonIsToldWhereItTrains() {
        assertThat(WorkerCards.of(null, cards(null), gpus("a")).told()).isEqualTo("1 GPU");
        assertThat(WorkerCards.of(null, cards(null), gpus("a b")).told()).isEqualTo("2 GPUs");
        assertThat(WorkerCards.of(null, cards("1"), gpus("a b")).told()).isEqualTo("card 1");
        assertThat(WorkerCards.of(null, cards("1+0"), gpus("a b")).told())
                .isEqualTo("one model over the cards 1,0");
    }

    @Test
    void namedCardsAreNotReplacedByTheCpu() {
        UsableGpus none = new UsableGpus(List.of(), false, ": there is no driver");
        assertThatThrownBy(() -> none.requireFor(List.of(0, 1)))
                .hasMessage("--devices names cards 0,1, but training would be on the CPU: there is "
                        + "no driver; leave it out, or give --device cpu, which pretends the "
                        + "cards");
        none.requireFor(List.of());
        new UsableGpus(List.of(), true, ": --device is cpu").requireFor(List.of(0, 1));
        new UsableGpus(List.of("a"), false, "").requireFor(List.of(0, 1));
    }
}
