package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.device.Refusal;
import dev.plimsoll.model.hf.ModelException;

/** Tells in a sentence that a device had no room for what the forecast leaves out. */
public final class NoRoom {

    private NoRoom() {}

    /** The sentence, where an allocation was refused; otherwise the exception itself. */
    public static RuntimeException told(RuntimeException e) {
        return Refusal.of(e)
                .<RuntimeException>map(failed -> new ModelException("the device has no room ("
                        + failed.note().lines().findFirst().orElse("").strip()
                        + "); give a smaller --context or another --precision"))
                .orElse(e);
    }
}
