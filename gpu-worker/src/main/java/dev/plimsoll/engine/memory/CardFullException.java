package dev.plimsoll.engine.memory;

/** The simulated card has no room: what an allocation failure is on a real one. */
public final class CardFullException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long wantedBytes;

    CardFullException(long wantedBytes, long usedBytes, long totalBytes) {
        super("the simulated card of " + totalBytes + " bytes has " + usedBytes + " in use and no room for "
                + wantedBytes + " more");
        this.wantedBytes = wantedBytes;
    }

    public long wantedBytes() {
        return wantedBytes;
    }
}
