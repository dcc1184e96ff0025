package dev.plimsoll.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;

import org.junit.jupiter.api.Test;

class Fp8CodersTest {

    /**
     * The trial that fp8 units must pass, with the products of the CPU: what it compares must
     * agree, and be sharp.
     */
    @Test
    void the_trial_holds_for_the_composed_coder_and_sees_a_wrong_one() {
        DevicePlace place = DevicePlace.choose(new EngineOptions("cpu", "fp8", 1, 0));
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                QuantizeScript quantize = QuantizeScript.load();
                HeldScope run = new HeldScope(script, Account.NONE)) {
            Fp8Coder coder = Fp8Coders.composed(script, quantize, DeviceTensors.CPU, run);
            assertThat(Fp8Coders.difference(coder, script, quantize, place)).isLessThan(1e-6);
            assertThat(Fp8Coders.difference(new NoFactor(coder), script, quantize, place))
                    .isGreaterThan(0.1);
        }
    }

    @Test
    void widths_that_the_units_do_not_take_are_told() {
        assertThat(Fp8Coder.fits(RandomModel.shape("8b"))).isTrue();
        assertThat(Fp8Coder.fits(RandomModel.shape("tiny"))).isTrue();
        RopeSettings rope = new RopeSettings(10_000, null);
        LlamaConfig odd =
                new LlamaConfig(64, 100, 1, 4, 2, 16, 96, 1e-5, rope, false, 512, "float32");
        assertThat(Fp8Coder.fits(odd)).as("100 is no multiple of 16").isFalse();
    }

    /** Forgets that the weight's scale joins the derivative. */
    private record NoFactor(Fp8Coder real) implements Fp8Coder {

        @Override
        public TensorList rows(HeldScope into, Kernels.Rows x, int columns) {
            return real.rows(into, x, columns);
        }

        @Override
        public TensorList scaledRows(HeldScope into, Kernels.Rows x, int columns, Tensor factor) {
            return real.rows(into, x, columns);
        }

        @Override
        public Tensor turned(HeldScope into, Tensor codes, int o, int i) {
            return real.turned(into, codes, o, i);
        }
    }
}
