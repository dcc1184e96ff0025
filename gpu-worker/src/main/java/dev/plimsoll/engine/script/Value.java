package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

/** A native value (a tensor, or a list of tensors), owned by one scope. */
public final class Value {

    private final IValue handle;
    private boolean closed;
    private long address;

    Value(IValue handle) {
        this.handle = handle;
    }

    IValue handle() {
        if (closed) {
            throw new IllegalStateException("this value was used after its scope was closed");
        }
        return handle;
    }

    /** Where the tensor's data begin; 0 when not asked for yet. */
    long knownAddress() {
        return address;
    }

    void learnAddress(long found) {
        address = found;
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
