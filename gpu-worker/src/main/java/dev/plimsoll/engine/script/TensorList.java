package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

/** A native list of tensors that a script made, owned by one scope. */
public final class TensorList extends NativeValue {

    private long[] addresses;

    TensorList(IValue handle) {
        super(handle);
    }

    /** Where its tensors begin; null when not asked for yet. */
    long[] knownAddresses() {
        return addresses;
    }

    void learnAddresses(long[] found) {
        addresses = found;
    }
}
