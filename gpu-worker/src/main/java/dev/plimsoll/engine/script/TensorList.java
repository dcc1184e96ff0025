package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

/** A native list of tensors that a script made, owned by one scope. */
public final class TensorList extends NativeValue {

    TensorList(IValue handle) {
        super(handle);
    }
}
