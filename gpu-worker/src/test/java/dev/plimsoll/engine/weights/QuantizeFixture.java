package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** quantize.py on the CPU; each test must give all its handles back. */
abstract class QuantizeFixture {

    QuantizeScript script;
    Scope scope;

    @BeforeEach
    void load() {
        TorchScript.start(1);
        script = QuantizeScript.load();
        scope = script.scope();
    }

    @AfterEach
    void close() {
        scope.close();
        assertThat(script.liveHandles()).isZero();
        script.close();
    }
}
