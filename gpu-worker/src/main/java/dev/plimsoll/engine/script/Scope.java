package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

import java.util.ArrayList;
import java.util.List;

/**
 * Owns values and frees all of them at its end, whatever happened: a run's, a micro-batch's, a
 * layer's.
 */
public final class Scope implements AutoCloseable {

    private final TorchScript script;
    private final List<Value> values = new ArrayList<>();

    Scope(TorchScript script) {
        this.script = script;
    }

    Value adopt(IValue handle) {
        Value value = new Value(handle);
        values.add(value);
        script.counted(1);
        return value;
    }

    /** Frees one value before the scope's end. */
    public void free(Value value) {
        if (value.closeOnce()) {
            values.remove(value);
            script.counted(-1);
        }
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
