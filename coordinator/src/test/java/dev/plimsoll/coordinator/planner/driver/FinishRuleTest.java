package dev.plimsoll.coordinator.planner.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.plimsoll.wire.protocol.Control;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

class FinishRuleTest {
    private static final Control.Finish FINISH = new Control.Finish("first");
    private static final Control.Finish LATER = new Control.Finish("later");

    private final FinishRule rule = new FinishRule(Duration.ofMillis(100));

    @Test
    void asksInThisOrderAndPassesOnce() {
        rule.hold(FINISH, 3);
        assertThat(rule.question(0)).contains(new FinishQuestion.SampleEnds());
        rule.answer(offsets(5, 2));
        assertThat(rule.question(0)).contains(new FinishQuestion.IngestedTo(offsets(5, 2)));
        rule.answer(offsets(5, 3));
        assertThat(rule.question(0)).contains(new FinishQuestion.TokenizedEnd());
        rule.answer(offsets(9));
        assertThat(rule.question(0)).isEmpty();
        assertThat(rule.pass(8)).isEmpty();
        assertThat(rule.isHolding()).isTrue();
        assertThat(rule.pass(9)).contains(FINISH);
        assertThat(rule.isHolding()).isFalse();
        assertThat(rule.pass(9)).isEmpty();
    }

    @Test
    void asksNothingWhenNothingIsHeld() {
        assertThat(rule.question(0)).isEmpty();
        assertThat(rule.heldOffset()).isEmpty();
        assertThat(rule.pass(100)).isEmpty();
    }

    @Test
    void oneIngestPartitionThatIsBehindHoldsItAndIsLookedAtAgainLater() {
        rule.hold(FINISH, 3);
        rule.question(0);
        rule.answer(offsets(5, 2));
        rule.question(1_000);
        rule.answer(offsets(5, 1));
        assertThat(rule.question(1_099)).isEmpty();
        assertThat(rule.question(1_100)).contains(new FinishQuestion.IngestedTo(offsets(5, 2)));
        assertThat(rule.pass(100)).isEmpty();
    }

    @Test
    void aLaterFinishAsksAnewAndTheEarlierKeepsItsPlace() {
        rule.hold(FINISH, 3);
        passThrough(offsets(5), offsets(9));
        rule.hold(LATER, 7);
        assertThat(rule.heldOffset()).isEqualTo(OptionalLong.of(3));
        assertThat(rule.pass(9)).isEmpty();
        passThrough(offsets(6), offsets(10));
        assertThat(rule.pass(9)).isEmpty();
        assertThat(rule.pass(10)).contains(FINISH);
    }

    @Test
    void whatWasNotAskedIsNotAnswered() {
        assertThatIllegalStateException()
                .isThrownBy(() -> rule.answer(offsets(1)))
                .withMessageContaining("nothing was asked");
        rule.hold(FINISH, 3);
        rule.question(0);
        rule.answer(offsets(5));
        assertThatIllegalStateException().isThrownBy(() -> rule.answer(offsets(5)));
    }

    @Test
    void anAnswerIsComplete() {
        rule.hold(FINISH, 3);
        rule.question(0);
        rule.answer(offsets(5, 2));
        rule.question(0);
        assertThatIllegalStateException()
                .isThrownBy(() -> rule.answer(offsets(5)))
                .withMessageContaining("does not answer");
        rule.question(200);
        rule.answer(offsets(5, 2));
        rule.question(200);
        assertThatIllegalStateException().isThrownBy(() -> rule.answer(new TreeMap<>()));
    }

    @Test
    void betweenTwoQuestionsIsSomeTime() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FinishRule(Duration.ZERO));
    }

    private void passThrough(SortedMap<Integer, Long> ends, SortedMap<Integer, Long> tokenized) {
        rule.question(0);
        rule.answer(ends);
        rule.question(0);
        rule.answer(ends);
        rule.question(0);
        rule.answer(tokenized);
    }

    private static SortedMap<Integer, Long> offsets(long... offsets) {
        SortedMap<Integer, Long> map = new TreeMap<>();
        for (int partition = 0; partition < offsets.length; partition++) {
            map.put(partition, offsets[partition]);
        }
        return map;
    }
}
