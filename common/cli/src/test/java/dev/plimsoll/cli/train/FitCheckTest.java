package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
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

    /** A look takes 3 s, as a process that begins and ends may. */
    private static final class SlowLooks implements FitCheck.Look, FitCheck.Time {
        private final int freeAfter;
        private final List<String> said = new ArrayList<>();
        private int looks;
        private Duration now = Duration.ZERO;

        SlowLooks(int freeAfter) {
            this.freeAfter = freeAfter;
        }

        @Override
        public FitAnswer take() {
            looks++;
            now = now.plusSeconds(3);
            return looks > freeAfter
                    ? FitAnswer.FITS
                    : new FitAnswer("too large", 0, true, List.of());
        }

        @Override
        public long nanos() {
            return now.toNanos();
        }

        @Override
        public void pause(Duration pause) {
            now = now.plus(pause);
        }

        FitAnswer answer() throws Exception {
            return FitCheck.patient(this, this, said::add);
        }
    }

    @Test
    void othersHaveTheTimeThatAPersonIsTold() throws Exception {
        SlowLooks free = new SlowLooks(0);
        assertThat(free.answer().fits()).isTrue();
        assertThat(free.said).isEmpty();

        SlowLooks soon = new SlowLooks(2);
        assertThat(soon.answer().fits()).isTrue();
        assertThat(soon.said)
                .containsExactly("the model does not fit while others hold memory of the cards; "
                        + "for 10 s this waits for them to free it");

        SlowLooks never = new SlowLooks(99);
        assertThat(never.answer().fits()).isFalse();
        assertThat(never.now)
                .as("the first look, 10 s, and the look that was under way")
                .isBetween(Duration.ofSeconds(13), Duration.ofSeconds(16));
    }
}
