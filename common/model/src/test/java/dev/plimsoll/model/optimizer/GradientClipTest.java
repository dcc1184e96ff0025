package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GradientClipTest {
    @Test
    void aNormBelowTheLimitIsOnlyDividedByTheTokens() {
        assertThat(GradientClip.of(100, 20, 1)).isEqualTo(new GradientClip(10.0 / 20, 1, 1.0 / 20));
    }

    @Test
    void aNormAboveTheLimitIsClipped() {
        double clip = 1 / (5 + 1e-6);
        assertThat(GradientClip.of(10_000, 20, 1)).isEqualTo(new GradientClip(5, clip, clip / 20));
    }

    @Test
    void withoutALimitNothingIsClipped() {
        assertThat(GradientClip.of(10_000, 20, 0)).isEqualTo(new GradientClip(5, 1, 1.0 / 20));
    }

    @Test
    void aNormThatIsNoneAndAStepWithoutTokensAreRefused() {
        assertThatThrownBy(() -> GradientClip.of(Double.NaN, 20, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GradientClip.of(-1, 20, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GradientClip.of(1, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 loss tokens");
    }
}
