package dev.plimsoll.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

class DemoCardsTest {

    private static final String MIB_64 = Long.toString(64L << 20);
    private static final String MIB_40 = Long.toString(40L << 20);

    @TempDir
    Path directory;

    private DemoCards cards(String options, long steps) {
        DemoCommand command = new DemoCommand();
        new CommandLine(command).parseArgs(("--device cpu " + options).strip().split(" "));
        return DemoCards.of(command, directory, steps);
    }

    private static Map<String, String> properties(DemoCards cards, int worker) {
        Map<String, String> properties = new TreeMap<>();
        cards.addTo(properties, worker);
        return properties;
    }

    @Test
    void theFirstCardIsSharedForSomeSteps() throws IOException {
        DemoCards cards = cards("", 20);
        String file = properties(cards, 0).get("simulated-others-file");
        assertThat(cards.told(2)).contains("simulated cards: worker-1 64 MiB, worker-2 40 MiB");
        assertThat(properties(cards, 0)).containsEntry("simulated-card-bytes", MIB_64);
        assertThat(properties(cards, 1))
                .containsEntry("simulated-card-bytes", MIB_40)
                .doesNotContainKey("simulated-others-file");
        assertThat(cards.follow(7)).isEmpty();
        assertThat(Path.of(file)).doesNotExist();
        assertThat(cards.follow(8).orElseThrow()).contains("takes 28 MiB of worker-1's card");
        assertThat(Path.of(file)).hasContent(Long.toString(28L << 20));
        assertThat(cards.follow(9)).isEmpty();
        assertThat(cards.follow(15).orElseThrow()).contains("give it back");
        assertThat(Path.of(file)).hasContent("0");
        assertThat(cards.follow(20)).isEmpty();
    }

    /** The worker looks into a file of the card's number; people are told of its place. */
    @Test
    void ofSeveralCardsTheLastOneIsShared() throws IOException {
        DemoCards cards = cards("--devices 3,1", 20);
        String file = properties(cards, 0).get("simulated-others-file");
        assertThat(cards.told(2))
                .contains("simulated cards: worker-1 2 of 64 MiB, worker-2 2 of 40 MiB");
        assertThat(cards.follow(8).orElseThrow()).endsWith("takes 28 MiB of worker-1's card 1");
        assertThat(Path.of(file + ".1")).hasContent(Long.toString(28L << 20));
        assertThat(Path.of(file + ".3")).doesNotExist();
        assertThat(Path.of(file)).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--max-microbatch-tokens 5",
                "--simulated-card-bytes 7",
                "--precision fp32",
                "--model src",
                "--data pom.xml"
            })
    void whatMayNeedAnotherCardHasNone(String options) throws IOException {
        DemoCards cards = cards(options, 20);
        assertThat(cards.told(2)).isEmpty();
        assertThat(properties(cards, 0)).isEmpty();
        assertThat(cards.follow(10)).isEmpty();
    }

    @Test
    void nobodyComesIntoAShortRunOrOneThatIsDisturbedAlready() throws IOException {
        assertThat(cards("", 8).follow(4)).isEmpty();
        assertThat(cards("--kill WORKER", 20).follow(9)).isEmpty();
        assertThat(properties(cards("--kill WORKER", 20), 0))
                .containsEntry("simulated-card-bytes", MIB_64);
    }
}
