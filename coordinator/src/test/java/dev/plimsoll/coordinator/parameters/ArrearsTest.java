package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrearsTest {
    private final Arrears arrears = new Arrears();

    @Test
    void whoLacksNothingKnownAsksAtTheFirstCommandThatComesTooEarly() {
        assertThat(arrears.early(5)).isTrue();
        arrears.asked();
        assertThat(arrears.early(5)).isFalse();
        assertThat(arrears.early(6)).as("the answer brings it, too").isFalse();
        assertThat(arrears.made()).isFalse();
        assertThat(arrears.early(9)).isTrue();
    }

    @Test
    void whoCannotReadTheNextAsksForLaterOnesThatAreNewAndNoOthers() {
        arrears.early(7);
        arrears.unreadable(5);
        assertThat(arrears.early(6)).isFalse();
        assertThat(arrears.early(7)).isFalse();
        assertThat(arrears.early(8)).isTrue();
        assertThat(arrears.early(8)).isFalse();
    }

    @Test
    void whoPassedSomethingOverAsksWhenTheNextIsMade() {
        arrears.unreadable(5);
        assertThat(arrears.made()).as("nothing came meanwhile").isFalse();
        arrears.unreadable(5);
        arrears.early(6);
        assertThat(arrears.made()).isTrue();
        assertThat(arrears.made()).isFalse();
    }

    @Test
    void whatWasPassedOverIsRememberedWhenTheNextCannotBeReadAgain() {
        arrears.unreadable(5);
        arrears.early(5);
        arrears.unreadable(5);
        assertThat(arrears.made()).isTrue();
    }
}
