package dev.plimsoll.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.Precision;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** The trial that fused kernels must pass, here between composed ones. */
class KernelTrialTest {

    private static final LlamaConfig MODEL = RandomModel.shape("tiny");

    private LlamaScript script;
    private Kernels composed;
    private KernelTrial trial;

    @BeforeEach
    void load() {
        TorchScript.start(1);
        script = LlamaScript.load(AttentionSource.COMPOSED);
        composed = new ComposedKernels(script, 1e-5);
        trial = new KernelTrial(
                new DeviceTensors(script, DeviceTensors.CPU), Precision.BF16, MODEL);
    }

    @AfterEach
    void close() {
        assertThat(script.liveHandles()).isZero();
        script.close();
    }

    @Test
    void a_kernel_agrees_with_itself() {
        assertThat(trial.differences(composed, composed)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rmsNorm",
                "addRmsNorm",
                "rmsNormVjp",
                "rotate",
                "rotateBack",
                "swiglu",
                "swigluVjp",
                "swigluLora",
                "swigluLoraVjp",
                "addOfA",
                "copyStrip",
                "crossEntropy"
            })
    void one_that_does_nothing_is_named(String idle) {
        assertThatThrownBy(() -> trial.require(without(idle), composed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("fused kernel " + idle + " differs by");
    }

    /** As one that forgets the last tile, or a projection. */
    @Test
    void one_that_leaves_out_the_last_rows_is_named() {
        Kernels forgetful = replaced("swigluLoraVjp", arguments -> {
            Kernels.Rows[] rows = new Kernels.Rows[3];
            for (int i = 0; i < 3; i++) {
                Kernels.Rows all = (Kernels.Rows) arguments[i + 1];
                rows[i] = new Kernels.Rows(
                        script.rows(
                                ((HeldScope) arguments[0]).scope(),
                                all.tensor(),
                                0,
                                all.count() - 14),
                        all.count() - 14,
                        all.ld());
            }
            System.arraycopy(rows, 0, arguments, 1, 3);
        });
        assertThatThrownBy(() -> trial.require(forgetful, composed))
                .hasMessageContaining("fused kernel swigluLoraVjp differs by");
    }

    private Kernels replaced(String method, Consumer<Object[]> change) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        change.accept(arguments);
                    }
                    return call(called, arguments);
                });
    }

    private Kernels without(String idle) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                    return method.getName().equals(idle) ? null : call(method, arguments);
                });
    }

    private Tensor call(Method method, Object[] arguments) throws Throwable {
        try {
            return (Tensor) method.invoke(composed, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
