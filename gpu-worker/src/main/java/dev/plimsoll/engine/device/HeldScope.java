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

    /** So many of its bytes are the other's from here on: the tensors are owned there. */
    public void handOver(long bytes, HeldScope to) {
        heldBytes -= bytes;
        to.heldBytes += bytes;
    }

    @Override
    public void close() {
        scope.close();
        account.release(heldBytes);
        heldBytes = 0;
    }
}
