package dev.plimsoll.engine.device;

/**
 * Told of every tensor the engine keeps and of the workspace of every call, before it is allocated.
 */
public interface Account {

    /** On a real card the allocator itself counts and refuses. */
    Account NONE = new Account() {
        @Override
        public void hold(long bytes) {}

        @Override
        public void release(long bytes) {}

        @Override
        public void work(long bytes) {}
    };

    /** Bytes that stay until they are released. */
    void hold(long bytes) throws CardFullException;

    void release(long bytes);

    /** Bytes that are needed for one call and free after it. */
    void work(long bytes) throws CardFullException;
}
