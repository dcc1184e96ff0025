package dev.plimsoll.engine.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Every VJP against central differences in fp64: with φ = ⟨dy, f(x, A, B)⟩ and a random direction δ
 * of one variable, (φ(z + εδ) − φ(z − εδ)) / 2ε must be ⟨dφ/dz, δ⟩. The head's φ is its loss.
 */
class BlockVjpTest {

    private static final double STEP = 1e-5;
    /** Truncation ε² · φ''' and rounding 1e-16 · φ / ε are both near 1e-10 here. */
    private static final double TOLERANCE = 1e-7;

    private static final Set<Projection> ALL = EnumSet.allOf(Projection.class);
    private static final List<Integer> TILES = List.of(BlockFixture.TOKENS, 4, 1);

    private static LlamaConfig shape(int heads, int keyValueHeads) {
        RopeSettings rope = new RopeSettings(100, null);
        return new LlamaConfig(
                12, 10, 1, heads, keyValueHeads, 4, 11, 1e-5, rope, false, 64, "float64");
    }

    static Stream<Arguments> attentionCases() {
        return Stream.of(AttentionSource.CPU_FLASH, AttentionSource.COMPOSED)
                .flatMap(kernel -> Stream.of(
                        Arguments.of(kernel, shape(4, 2), 1, ALL),
                        Arguments.of(kernel, shape(4, 2), 2, ALL),
                        Arguments.of(kernel, shape(4, 4), 4, ALL),
                        Arguments.of(
                                kernel,
                                shape(4, 1),
                                1,
                                EnumSet.of(Projection.Q_PROJ, Projection.V_PROJ)),
                        Arguments.of(
                                kernel,
                                shape(4, 2),
                                2,
                                EnumSet.of(Projection.K_PROJ, Projection.O_PROJ)),
                        Arguments.of(kernel, shape(2, 1), 1, EnumSet.of(Projection.DOWN_PROJ))));
    }

    @ParameterizedTest
    @MethodSource("attentionCases")
    void attention(AttentionSource kernel, LlamaConfig shape, int groups, Set<Projection> targets) {
        try (LlamaScript script = LlamaScript.load(kernel);
                BlockFixture block = new BlockFixture(script, shape, targets)) {
            check(block, () -> block.attention(true, groups), () -> block.attention(false, groups));
        }
    }

    static Stream<Arguments> mlpCases() {
        return TILES.stream()
                .flatMap(tile -> Stream.of(true, false)
                        .flatMap(kept -> Stream.of(
                                        ALL,
                                        EnumSet.of(Projection.DOWN_PROJ),
                                        EnumSet.of(Projection.UP_PROJ),
                                        EnumSet.of(Projection.GATE_PROJ, Projection.DOWN_PROJ))
                                .map(targets -> Arguments.of(tile, kept, targets))));
    }

    @ParameterizedTest
    @MethodSource("mlpCases")
    void mlp(int tile, boolean kept, Set<Projection> targets) {
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                BlockFixture block = new BlockFixture(script, shape(4, 2), targets)) {
            check(block, () -> block.mlp(true, tile, kept), () -> block.mlp(false, tile, kept));
        }
    }

    /**
     * Tails as wide as on a GPU, where u of down waits behind gate and up for the backward pass.
     */
    @ParameterizedTest
    @MethodSource("mlpCases")
    void mlp_with_wide_tails(int tile, boolean kept, Set<Projection> targets) {
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                BlockFixture block = new BlockFixture(script, shape(4, 2), targets, 16)) {
            check(block, () -> block.mlp(true, tile, kept), () -> block.mlp(false, tile, kept));
        }
    }

    static List<Integer> chunks() {
        return List.of(100, 4, 3, 1);
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void head(int chunk) {
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                BlockFixture block = new BlockFixture(script, shape(4, 2), ALL)) {
            check(block, () -> block.head(true, chunk), () -> block.head(false, chunk));
        }
    }

    /** A function of the fixture's variables x and adapter. */
    private interface Phi {
        double value();
    }

    /** @param vjp evaluates, and leaves the derivatives by x and by the adapter in the fixture */
    private static void check(BlockFixture block, Phi vjp, Phi phi) {
        vjp.value();
        double[] dx = block.derivativeOfInput();
        double[] dAdapter = block.derivativeOfAdapter();
        SplittableRandom random = new SplittableRandom(5);
        for (int direction = 0; direction < 3; direction++) {
            compare(random, block.x, 0, block.x.length, dx, phi, "x");
        }
        for (var slot : block.layout.slots()) {
            String name = slot.projection() + (slot.isA() ? " A" : " B");
            for (int direction = 0; direction < 2; direction++) {
                compare(random, block.adapter, slot.offset(), slot.size(), dAdapter, phi, name);
            }
        }
    }

    private static void compare(
            SplittableRandom random,
            double[] variable,
            int from,
            int length,
            double[] vjp,
            Phi phi,
            String name) {
        double[] saved = variable.clone();
        double[] direction = new double[length];
        double expected = 0;
        double scale = 0;
        for (int i = 0; i < length; i++) {
            direction[i] = 2 * random.nextDouble() - 1;
            expected += vjp[from + i] * direction[i];
            scale += Math.abs(vjp[from + i] * direction[i]);
        }
        double above = moved(variable, saved, from, direction, STEP, phi);
        double below = moved(variable, saved, from, direction, -STEP, phi);
        System.arraycopy(saved, 0, variable, 0, saved.length);
        double difference = (above - below) / (2 * STEP);
        assertThat(Math.abs(difference - expected))
                .as("derivative by %s: VJP %s, difference quotient %s", name, expected, difference)
                .isLessThanOrEqualTo(TOLERANCE * Math.max(scale, 1e-3));
    }

    private static double moved(
            double[] variable, double[] saved, int from, double[] direction, double step, Phi phi) {
        for (int i = 0; i < direction.length; i++) {
            variable[from + i] = saved[from + i] + step * direction[i];
        }
        return phi.value();
    }
}
