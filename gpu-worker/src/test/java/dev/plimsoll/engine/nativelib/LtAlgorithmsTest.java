package dev.plimsoll.engine.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** A library that answers with the tokens of the product that it was asked about. */
    private static final class Fake implements LtAlgorithms.Questions {
        private final List<Long> asked = new ArrayList<>();
        private long none = -1;
        private long workspaceBytes = 7;

        @Override
        public Optional<LtAlgorithms.Chosen> choice(LtAlgorithms.Described of, int[] alignments) {
            long tokens = of.product().address();
            asked.add(tokens);
            return tokens == none
                    ? Optional.empty()
                    : Optional.of(new LtAlgorithms.Chosen(of.product(), 1));
        }

        @Override
        public long workspaceBytes(LtAlgorithms.Described of, MemorySegment algorithm) {
            return workspaceBytes;
        }
    }

    private final Fake fake = new Fake();
    private final LtAlgorithms algorithms = new LtAlgorithms(fake);

    private static LtAlgorithms.Described described(CublasLt.Shape shape) {
        MemorySegment tokens = MemorySegment.ofAddress(shape.m());
        return new LtAlgorithms.Described(tokens, tokens, tokens, tokens);
    }

    private LtAlgorithms.Chosen chosen(int tokens) {
        CublasLt.Shape shape =
                new CublasLt.Shape(tokens, 64, 64, false, 64, true, 64, 64, false, false);
        return algorithms.choose(
                new CublasLt.Aligned(shape, 16, 16, 16, 16),
                described(shape),
                LtAlgorithmsTest::described);
    }

    @Test
    void theLibraryIsAskedOnceForNumbersThatAreNearEachOther() {
        assertThat(chosen(1500).algorithm().address()).isEqualTo(1512);
        assertThat(chosen(1450).workspaceBytes()).as("as checked for this one").isEqualTo(7);
        assertThat(chosen(1512).workspaceBytes()).as("as it was told").isEqualTo(1);
        assertThat(fake.asked).containsExactly(1512L);
    }

    @Test
    void anAlgorithmThatCannotDoItIsNotTaken() {
        fake.workspaceBytes = -1;
        assertThat(chosen(1500).algorithm().address()).isEqualTo(1500);
        fake.workspaceBytes = CublasLt.WORKSPACE_BYTES + 1;
        assertThat(chosen(1499).algorithm().address()).isEqualTo(1499);
        assertThat(fake.asked).containsExactly(1512L, 1500L, 1499L);
    }

    @Test
    void whereThereIsNoneForTheTypicalNumberTheOneInHandIsAskedFor() {
        fake.none = 1512;
        assertThat(chosen(1500).algorithm().address()).isEqualTo(1500);
        fake.none = 1536;
        assertThatThrownBy(() -> chosen(1536))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no algorithm for");
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
