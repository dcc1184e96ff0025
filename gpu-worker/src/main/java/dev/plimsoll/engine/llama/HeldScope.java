package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.memory.Account;
import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.TorchScript;

/** A scope whose bytes are on the account until it closes. */
final class HeldScope implements AutoCloseable {

    private final Scope scope;
    private final Account account;
    private long heldBytes;

    HeldScope(TorchScript script, Account account) {
        this.scope = script.scope();
        this.account = account;
    }

    Scope scope() {
        return scope;
    }

    /** Charges bytes before the tensors exist; refused when there is no room. */
    HeldScope hold(long bytes) {
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
