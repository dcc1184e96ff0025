package dev.plimsoll.engine.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.stream.IntStream;

class LtAlgorithmsTest {

    @Test
    void numbersThatFillAsManyTilesShareAnAlgorithm() {
        assertThat(IntStream.range(1409, 1536).map(LtAlgorithms::typicalTokens).distinct())
                .containsExactly(1512);
        assertThat(LtAlgorithms.typicalTokens(1536)).isEqualTo(1536);
        assertThat(LtAlgorithms.typicalTokens(1537)).isEqualTo(1640);
        assertThat(LtAlgorithms.typicalTokens(1)).isEqualTo(104);
    }

    /** Tokens are the rows of a product, or what a gradient sums over. */
    @Test
    void onlyTokensAreTypical() {
        CublasLt.Shape forward =
                new CublasLt.Shape(1500, 4096, 300, false, 300, true, 300, 4096, false, false);
        CublasLt.Shape gradient =
                new CublasLt.Shape(16, 4096, 1500, true, 64, false, 4160, 4096, true, false);
        assertThat(forward.typical())
                .isEqualTo(new CublasLt.Shape(
                        1512, 4096, 300, false, 300, true, 300, 4096, false, false));
        assertThat(gradient.typical())
                .isEqualTo(new CublasLt.Shape(
                        16, 4096, 1512, true, 64, false, 4160, 4096, true, false));
    }
}
