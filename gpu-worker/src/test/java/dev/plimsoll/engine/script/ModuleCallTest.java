package dev.plimsoll.engine.script;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;

import org.junit.jupiter.api.Test;

/** ModuleCall calls a native method that DJL does not publish: it may change with any version. */
class ModuleCallTest {

    /** The version whose PyTorchLibrary.moduleRunMethod is known here. */
    private static final String KNOWN = "0.36.0";

    @Test
    void djl_is_the_version_whose_private_method_is_known() {
        assertThat(Engine.getDjlVersion())
                .as("DJL has moved. ModuleCall calls moduleRunMethod(module, method, arguments, "
                        + "train, separate cuda stream) of ai.djl.pytorch.jni.PyTorchLibrary, "
                        + "which is private. Read that method's native side in the new "
                        + "version, run GpuCheckMain with libtorch 2.11, then write the new "
                        + "version here")
                .isEqualTo(KNOWN);
    }
}
