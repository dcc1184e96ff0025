package dev.plimsoll.engine.device;

import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;

/** A scope whose bytes are on the account until it closes. */
public final class HeldScope implements AutoCloseable {

    private final Scope scope;
    private final Account account;
    private long heldBytes;

    public HeldScope(TorchScript script, Account account) {
        this.scope = script.scope();
        this.account = account;
    }

    public Scope scope() {
        return scope;
    }

    /** Charges bytes before the tensors exist; refused when there is no room. */
    public HeldScope hold(long bytes) {
        account.hold(bytes);
        heldBytes += bytes;
        return this;
    }

    @Override
    public void close() {
        scope.close();
        account.release(heldBytes);
        heldBytes = 0;
    }
}
