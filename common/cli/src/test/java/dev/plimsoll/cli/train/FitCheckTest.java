package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class FitCheckTest {

    private static final LoraSettings LORA =
            new LoraSettings(8, 1, false, Set.of(Projection.Q_PROJ));

    private static FitQuestion question(int gpus, List<List<Integer>> workers) {
        List<String> visible = List.of("0", "1", "2", "3").subList(0, gpus);
        return new FitQuestion("model", LORA, "cuda", "auto", 0, visible, workers);
    }

    @Test
    void severalCardsAreTheRemedyWhereThereAreSome() {
        FitQuestion each = question(2, List.of(List.of(0), List.of(1)));
        assertThat(FitCheck.sentence(each, new FitAnswer("too large", 1, false, List.of(1, 0))))
                .isEqualTo("card 1: too large; --devices 1,0 trains one model over 2 cards, which "
                        + "hold it together");
        assertThat(FitCheck.sentence(each, new FitAnswer("too large", 0, false, List.of())))
                .isEqualTo(
                        "card 0: too large; no set of these 2 cards (--devices) holds it either");
        FitQuestion alone = question(1, List.of(List.of(0)));
        assertThat(FitCheck.sentence(alone, new FitAnswer("too large", 0, false, List.of())))
                .isEqualTo("too large");
    }

    @Test
    void aWideWorkerIsToldHowManyCardsAreEnough() {
        FitQuestion pair = question(4, List.of(List.of(2, 3)));
        assertThat(FitCheck.sentence(pair, new FitAnswer("too few", 0, false, List.of(2, 3, 0))))
                .isEqualTo("too few; --devices 2,3,0 trains one model over 3 cards, which hold it "
                        + "together");
        FitQuestion all = question(2, List.of(List.of(0, 1)));
        assertThat(FitCheck.sentence(all, new FitAnswer("too few", 0, false, List.of())))
                .isEqualTo("too few");
    }

    @Test
    void anotherCardMayHoldItAlone() {
        FitQuestion each = question(2, List.of(List.of(0), List.of(1)));
        assertThat(FitCheck.sentence(each, new FitAnswer("too large", 0, false, List.of(1))))
                .isEqualTo("card 0: too large; --devices 1 trains it on that card alone, which "
                        + "holds it");
    }

    @Test
    void whoHoldsTheMemoryIsAQuestionForTheDoctor() {
        FitQuestion alone = question(1, List.of(List.of(0)));
        assertThat(FitCheck.sentence(alone, new FitAnswer("too large", 0, true, List.of())))
                .isEqualTo("too large; others hold memory of this card, without them it would fit: "
                        + "`plimsoll doctor` names them");
    }
}
