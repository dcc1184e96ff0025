package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

/** What crosses the border to TorchScript as a handle: a tensor or a list of tensors. */
public abstract sealed class NativeValue permits Tensor, TensorList {

    private final IValue handle;
    private boolean closed;

    NativeValue(IValue handle) {
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
