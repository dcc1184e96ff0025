package dev.plimsoll.engine.torch;

import ai.djl.pytorch.jni.IValue;

/** A native value (a tensor, or a list of tensors), owned by one scope. */
public final class Value {

    private final IValue handle;
    private boolean closed;

    Value(IValue handle) {
        this.handle = handle;
    }

    IValue handle() {
        if (closed) {
            throw new IllegalStateException("this value was used after its scope was closed");
        }
        return handle;
    }

    boolean closeOnce() {
        if (closed) {
            return false;
        }
        closed = true;
        handle.close();
        return true;
    }
}
