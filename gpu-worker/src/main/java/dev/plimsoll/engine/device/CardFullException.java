package dev.plimsoll.engine.device;

/** No room on the simulated card: what an allocation failure is on a real card. */
public class CardFullException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long wantedBytes;

    public CardFullException(String message, long wantedBytes) {
        super(message);
        this.wantedBytes = wantedBytes;
    }

    CardFullException(long wantedBytes, long usedBytes, long totalBytes) {
        super("the simulated card of " + totalBytes + " bytes has " + usedBytes
                + " in use and no room for " + wantedBytes + " more");
        this.wantedBytes = wantedBytes;
    }

    public long wantedBytes() {
        return wantedBytes;
    }
}
