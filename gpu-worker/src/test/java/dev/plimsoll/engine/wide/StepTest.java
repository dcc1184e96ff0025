package dev.plimsoll.engine.wide;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

class StepTest {

    private static String text(List<Step> steps) {
        return steps.stream()
                .map(step -> (step.forward() ? "F" : "B") + step.chunk())
                .collect(Collectors.joining(" "));
    }

    @Test
    void oneForwardOneBackward() {
        assertThat(text(Step.oneForwardOneBackward(0, 3, 4))).isEqualTo("F0 F1 F2 B0 F3 B1 B2 B3");
        assertThat(text(Step.oneForwardOneBackward(1, 3, 4))).isEqualTo("F0 F1 B0 F2 B1 F3 B2 B3");
        assertThat(text(Step.oneForwardOneBackward(2, 3, 4))).isEqualTo("F0 B0 F1 B1 F2 B2 F3 B3");
        assertThat(text(Step.oneForwardOneBackward(0, 3, 1))).isEqualTo("F0 B0");
        assertThat(text(Step.forwardOnly(2))).isEqualTo("F0 F1");
    }

    /**
     * All cards run their steps when what they wait for is there and a slot of the receiver is
     * free: they come to the end, and hold no more chunks than they may.
     */
    @ParameterizedTest
    @CsvSource({"1, 3", "2, 1", "2, 7", "3, 2", "4, 9", "5, 3"})
    void allCardsComeToTheEnd(int stages, int chunks) {
        List<List<Step>> left = new ArrayList<>();
        for (int s = 0; s < stages; s++) {
            left.add(new ArrayList<>(Step.oneForwardOneBackward(s, stages, chunks)));
        }
        List<Set<Integer>> held = new ArrayList<>();
        List<Set<Integer>> forward = new ArrayList<>();
        List<Set<Integer>> backward = new ArrayList<>();
        for (int s = 0; s < stages; s++) {
            held.add(new HashSet<>());
            forward.add(new HashSet<>());
            backward.add(new HashSet<>());
        }
        boolean moved = true;
        while (moved) {
            moved = false;
            for (int s = 0; s < stages; s++) {
                if (left.get(s).isEmpty()) {
                    continue;
                }
                Step step = left.get(s).getFirst();
                boolean there = step.forward()
                        ? s == 0 || forward.get(s - 1).contains(step.chunk())
                        : s == stages - 1 || backward.get(s + 1).contains(step.chunk());
                if (!there) {
                    continue;
                }
                left.get(s).removeFirst();
                moved = true;
                if (step.forward()) {
                    held.get(s).add(step.chunk());
                    forward.get(s).add(step.chunk());
                } else {
                    assertThat(held.get(s).remove(step.chunk())).isTrue();
                    backward.get(s).add(step.chunk());
                }
                assertThat(held.get(s)).hasSizeLessThanOrEqualTo(Step.underWay(s, stages, chunks));
            }
        }
        assertThat(left).allMatch(List::isEmpty);
    }
}
