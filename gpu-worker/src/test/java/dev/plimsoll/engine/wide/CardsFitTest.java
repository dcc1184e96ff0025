package dev.plimsoll.engine.wide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/** Cards are written as {@code free/total} in GiB, with the number of each worker's cards. */
class CardsFitTest {

    private static final long GIB = 1L << 30;
    private static final LoraSettings LORA =
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class));

    private static List<Card> machine(String text) {
        List<Card> cards = new ArrayList<>();
        for (String card : text.split(" ")) {
            String[] freeAndTotal = card.split("/");
            long total = (long) (Double.parseDouble(freeAndTotal[1]) * GIB);
            cards.add(new Card(
                    cards.size(),
                    "GPU-" + "abcd".charAt(cards.size()) + "0",
                    "H200",
                    "9.0",
                    total,
                    (long) (Double.parseDouble(freeAndTotal[0]) * GIB),
                    List.of()));
        }
        return cards;
    }

    private static List<List<Integer>> workers(String text) {
        return Arrays.stream(text.split(" "))
                .map(worker ->
                        Arrays.stream(worker.split("\\+")).map(Integer::valueOf).toList())
                .toList();
    }

    private static FitAnswer judge(
            String shape, String precision, String names, String workers, List<Card> machine) {
        return CardsFit.judge(
                new FitQuestion(
                        "model",
                        LORA,
                        "cuda",
                        precision,
                        0,
                        List.of(names.split(" ")),
                        workers(workers)),
                RandomModel.shape(shape),
                machine,
                false);
    }

    /** 70b takes 132 GiB in bf16 and 37 in nf4, 8b 15.4 in bf16. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            70b | auto | 140/141 140/141           | 0     | true  |
            70b | auto | 80/80 80/80               | 0+1   | true  |
            70b | nf4  | 80/80 80/80               | 0 1   | true  |
            70b | auto | 80/80 80/80               | 0 1   | false | 0 1
            70b | auto | 80/80 80/80 80/80         | 2     | false | 2 0
            70b | auto | 50/80 50/80 50/80 50/80   | 0     | false | 0 1 2
            70b | auto | 50/80 50/80 50/80 50/80   | 3+2   | false | 3 2 0
            70b | auto | 80/80 1/80 80/80          | 0     | false | 0 2
            70b | auto | 80/80 1/80 80/80          | 1     | false | 0 2
            70b | auto | 80/80 1/80 80/80          | 0+1   | false | 0 2
            70b | auto | 50/141 10/141 100/141     | 0     | false | 0 2
            70b | auto | 50/141 10/141 140/141     | 0     | false | 2
            70b | auto | 40/80 1/80 80/80 40/80    | 1     | false | 0 2 3
            70b | auto | 60/80 1/80 60/80          | 0     | false |
            70b | fp32 | 80/141 80/141 141/141     | 0+1   | false | 0 1 2
            70b | auto | 24/24 24/24               | 0     | false |
            70b | auto | 24/24 24/24               | 0+1   | false |
            70b | nf4  | 24/24 24/24               | 0+1   | true  |
            70b | fp32 | 24/24 24/24               | 0     | true  |
            """)
    void aModelIsJudgedOnTheCardsOfEachWorker(
            String shape,
            String precision,
            String cards,
            String workers,
            boolean fits,
            String wider) {
        List<Card> machine = machine(cards);
        String names =
                machine.stream().map(card -> "" + card.number()).reduce("", (a, b) -> a + " " + b);
        FitAnswer answer = judge(shape, precision, names.strip(), workers, machine);
        assertThat(answer.fits()).as(answer.problem()).isEqualTo(fits);
        assertThat(answer.wider())
                .isEqualTo(
                        wider == null
                                ? List.of()
                                : Arrays.stream(wider.split(" "))
                                        .map(Integer::valueOf)
                                        .toList());
    }

    @Test
    void theProblemIsThatOfTheFirstWorkerThatHasOne() {
        FitAnswer answer = judge("8b", "auto", "0 1", "0 1", machine("80/80 10/80"));
        assertThat(answer.worker()).isOne();
        assertThat(answer.problem())
                .contains("the model needs 14.4 GiB in bf16", "this card has 10.0 GiB free")
                .contains("several cards share the model (devices)");
        assertThat(answer.held()).as("somebody else holds it").isTrue();
        FitAnswer small = judge("8b", "auto", "0 1", "0 1", machine("80/80 10/10 80/80"));
        assertThat(small.fits()).as("which card is which is not known").isTrue();
        assertThat(judge("8b", "auto", "GPU-a0 GPU-b0", "0 1", machine("80/80 10/10"))
                        .held())
                .isFalse();
    }

    @Test
    void aWideWorkersProblemNamesEachOfItsCards() {
        FitAnswer answer = judge("70b", "auto", "0 1 2", "2+0", machine("22/80 80/80 30/80"));
        assertThat(answer.problem())
                .contains("does not fit these cards in bf16")
                .contains("card 2 (H200) has room for 28.8 GiB")
                .contains("card 0 (H200) has room for 20.8 GiB")
                .doesNotContain("card 1");
        assertThat(answer.held()).isTrue();
        assertThat(answer.wider()).isEmpty();
    }

    /** CUDA counts the fastest card first, the driver by the bus. */
    @Test
    void namesAreTakenAndNumbersOnlyWhereTheyAreSure() {
        List<Card> mixed = machine("10/10 80/80");
        assertThat(judge("8b", "auto", "0 1", "0", mixed).fits()).isTrue();
        assertThat(judge("8b", "auto", "GPU-", "0", mixed).fits()).isTrue();
        assertThat(judge("8b", "auto", "GPU-a0", "0", mixed).fits()).isFalse();
        assertThat(judge("8b", "auto", "GPU-b0 GPU-a0", "0", mixed).fits()).isTrue();
        assertThat(judge("8b", "auto", "MIG-7", "0", mixed).fits()).isTrue();
        FitQuestion question =
                new FitQuestion("model", LORA, "cuda", "auto", 0, List.of("0", "1"), workers("0"));
        assertThat(CardsFit.judge(question, RandomModel.shape("8b"), mixed, true)
                        .fits())
                .isFalse();
    }

    @Test
    void pretendedCardsAreJudgedTogether() {
        for (long bytes : new long[] {8 * GIB, 40 * GIB}) {
            FitQuestion question =
                    new FitQuestion("model", LORA, "cpu", "auto", bytes, List.of(), workers("0+1"));
            FitAnswer answer = CardsFit.judge(question, RandomModel.shape("8b"), List.of(), false);
            assertThat(answer.fits()).as(answer.problem()).isEqualTo(bytes > 8 * GIB);
        }
        FitQuestion many =
                new FitQuestion("model", LORA, "cpu", "auto", 0, List.of(), workers("0+1+2+3+4+5"));
        assertThat(CardsFit.judge(many, RandomModel.shape("tiny"), List.of(), false)
                        .problem())
                .contains("devices names 6 cards, but the model has");
    }
}
