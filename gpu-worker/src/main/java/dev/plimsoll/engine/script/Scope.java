package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

import java.util.ArrayList;
import java.util.List;

/**
 * Owns values and frees all of them at its end, whatever happened: a run's, a micro-batch's, a
 * layer's (engine rule 4).
 */
public final class Scope implements AutoCloseable {

    private final TorchScript script;
    private final List<NativeValue> values = new ArrayList<>();

    Scope(TorchScript script) {
        this.script = script;
    }

    Tensor tensor(IValue handle) {
        return adopt(new Tensor(handle));
    }

    TensorList list(IValue handle) {
        return adopt(new TensorList(handle));
    }

    private <T extends NativeValue> T adopt(T value) {
        values.add(value);
        script.counted(1);
        return value;
    }

    @Override
    public void close() {
        for (int i = values.size() - 1; i >= 0; i--) {
            if (values.get(i).closeOnce()) {
                script.counted(-1);
            }
        }
        values.clear();
    }
}
