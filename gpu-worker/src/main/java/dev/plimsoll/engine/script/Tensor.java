package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

/** A native tensor, owned by one scope. */
public final class Tensor extends NativeValue {

    private long address;
    private long stride = -1;

    Tensor(IValue handle) {
        super(handle);
    }

    /** Where the tensor's data begin; 0 when not asked for yet. */
    long knownAddress() {
        return address;
    }

    void learnAddress(long found) {
        address = found;
    }

    /** Elements from a row to the next; negative when not asked for yet. */
    long knownStride() {
        return stride;
    }

    void learnStride(long found) {
        stride = found;
    }
}
